//! The reader, on every example and rule of `reference/api.md`, and on anything else.

mod corpus;
mod properties;
mod reader;
mod replies;
