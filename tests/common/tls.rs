//! A TLS server on loopback whose certificate is signed by a CA that nobody knows, made for one test.
#![allow(dead_code, reason = "each test file uses its part of this")]
#![allow(clippy::unwrap_used, reason = "a failed step of a test shall end it")]

use std::{net::SocketAddr, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer},
};

/// Passes on what comes in by TLS to a server that speaks none. Stops when dropped.
pub struct Gate {
    /// As `https://localhost:40123`.
    pub url: String,
    /// The CA's certificate.
    pub ca: String,
    task: JoinHandle<()>,
}

impl Gate {
    /// Stands before the server at `behind`.
    pub async fn before(behind: SocketAddr) -> Self {
        let (acceptor, ca) = acceptor();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let task = tokio::spawn(async move {
            loop {
                let (peer, _) = listener.accept().await.unwrap();
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // A client that does not trust the certificate goes away here.
                    let Ok(mut peer) = acceptor.accept(peer).await else { return };
                    let mut server = TcpStream::connect(behind).await.unwrap();
                    // Either side may close as it likes.
                    let _ = copy_bidirectional(&mut peer, &mut server).await;
                });
            }
        });
        Self { url, ca, task }
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn acceptor() -> (TlsAcceptor, String) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let own = KeyPair::generate().unwrap();
    let ca = authority.self_signed(&own).unwrap().pem();
    let key = KeyPair::generate().unwrap();
    let names = CertificateParams::new(vec!["localhost".into()]).unwrap();
    let certificate = names.signed_by(&key, &Issuer::new(authority, own)).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), ca)
}
