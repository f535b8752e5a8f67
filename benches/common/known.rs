//! What the generated jobs and what measures them agree on.

/// The key of all these jobs: none that any service knows.
pub const KEY: &str = "sk-not-a-key-but-its-length";
/// Where they were made, and where what measures may answer for them.
pub const SERVICE: &str = "http://127.0.0.1:47180";
