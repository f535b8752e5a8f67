//! A server of a few lines that does one thing to every connection, and counts.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What is done to a connection once its request is here.
#[derive(Clone, Debug)]
pub enum Act {
    /// These bytes, then the end of the connection.
    Send(Vec<u8>),
    /// These bytes; the connection stays open for another request.
    Hang(Vec<u8>),
    /// The connection is closed before anything was read of it.
    Slam,
}

/// Stops when dropped.
pub struct Server {
    pub address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Seen {
    connections: usize,
    requests: Vec<String>,
}

impl Server {
    /// Does the same to every connection.
    pub async fn doing(act: Act) -> Self {
        Self::answering(move |_| act.clone()).await
    }

    /// Answers with `status` and these headers (each ending in `\r\n`) and body.
    pub async fn saying(status: u16, headers: &str, body: &str) -> Self {
        Self::doing(Act::Send(reply(status, headers, body.as_bytes()))).await
    }

    /// Does what `answer` finds fit for the request's text.
    pub async fn answering(answer: impl Fn(&str) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (answer, counted) = (Arc::new(answer), Arc::clone(&seen));
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                counted.lock().unwrap().connections += 1;
                tokio::spawn(serve(stream, Arc::clone(&answer), Arc::clone(&counted)));
            }
        });
        Self { address, seen, task }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }

    /// The whole requests so far, head and body, oldest first.
    pub fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().requests.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, answer: Arc<impl Fn(&str) -> Act>, seen: Arc<Mutex<Seen>>) {
    // An act that needs no request is asked for with none.
    if matches!(answer(""), Act::Slam) {
        return;
    }
    while let Some(request) = read(&mut stream).await {
        seen.lock().unwrap().requests.push(request.clone());
        let (Act::Send(bytes) | Act::Hang(bytes)) = answer(&request) else { return };
        // The client may have seen enough and be gone.
        let _ = stream.write_all(&bytes).await;
        let _ = stream.flush().await;
        if matches!(answer(&request), Act::Send(_)) {
            return;
        }
    }
}

/// A request, or the first words of TLS; nothing when the client has left.
async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut text = String::new();
    loop {
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).await.ok().filter(|&count| count > 0)?;
        text += &String::from_utf8_lossy(&buffer[..count]);
        if text.starts_with('\u{16}') {
            return Some(text);
        }
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = header(head, "content-length").map_or(0, |length| length.parse().unwrap());
        if body.len() >= length {
            return Some(text);
        }
    }
}

/// A header of a request's text.
pub fn header(request: &str, name: &str) -> Option<String> {
    let head = request.split("\r\n\r\n").next()?;
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find_map(|(known, value)| known.eq_ignore_ascii_case(name).then(|| value.trim().to_owned()))
}

/// The bytes of a reply, whole.
pub fn reply(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}
