//! A service that answers polls for any task, for ever: it runs, and is a little further each time.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use serde_json::json;

/// How many answers were given so far.
static ANSWERS: AtomicU32 = AtomicU32::new(0);

/// Answers at this `http://` address until the program ends.
pub fn serve(address: &str) -> std::io::Result<()> {
    let listener = TcpListener::bind(address.trim_start_matches("http://"))?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A connection that breaks off is the other side's business.
            thread::spawn(move || answer(stream).ok());
        }
    });
    Ok(())
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 {
        let task =
            line.split(' ').nth(1).and_then(|path| path.rsplit('/').next()).unwrap_or_default().to_owned();
        // Polls have no body: after the empty line the next request begins.
        while line.trim_end() != "" {
            line.clear();
            reader.read_line(&mut line)?;
        }
        line.clear();
        // Further than any job of the generator is, and a step on each thousand answers: with a thousand tasks
        // each poll tells something new, for 500 polls of each.
        let step = ANSWERS.fetch_add(1, Ordering::Relaxed) / 1_000;
        let progress = 0.4 + 0.59 * f64::from(step.min(500)) / 500.0;
        let body = json!({ "id": task, "status": "RUNNING", "progress": progress }).to_string();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length";
        stream.write_all(format!("{head}: {}\r\n\r\n{body}", body.len()).as_bytes())?;
    }
    Ok(())
}
