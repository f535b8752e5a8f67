//! What the clients share of TLS.

use std::sync::Arc;

use rustls::{
    ClientConfig,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use rustls_platform_verifier::Verifier;

use super::{
    client::{CAUSE_MAX, unusable},
    text::clean,
};
use crate::{config::CaFile, job::Problem};

/// TLS that trusts whom this system trusts, and those of `ca`. Clones share the certificates, which take some
/// milliseconds to read: a hundred files and more.
///
/// # Errors
/// Code `client`: the certificates of `ca` cannot be used, or the system has none.
pub(super) fn tls(ca: Option<&CaFile>) -> Result<ClientConfig, Problem> {
    trusting(ca).map_err(|why| {
        let with = ca.map(|ca| format!(" with the certificates of ca_file, {}", ca.path.display()));
        let why = clean(&why, CAUSE_MAX);
        unusable(&format!("TLS could not be set up{}: {why}", with.unwrap_or_default()))
    })
}

fn trusting(ca: Option<&CaFile>) -> Result<ClientConfig, String> {
    let pem = ca.map(|ca| ca.pem.as_bytes()).unwrap_or_default();
    let own: Vec<_> =
        CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    let provider = Arc::new(ring::default_provider());
    let told = |error: rustls::Error| error.to_string();
    let verifier = Verifier::new_with_extra_roots(own, Arc::clone(&provider)).map_err(told)?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(told)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
