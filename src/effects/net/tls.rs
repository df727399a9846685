//! TLS by rustls, with the roots that the system keeps in a file. Nothing is made before it is needed.

use super::Wire;
use crate::call::visible_line;
use crate::state::Home;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A stream within TLS.
pub type Stream = StreamOwned<ClientConnection, Wire>;

/// Primitives of TLS.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// The roots of this system.
///
/// # Errors
/// What is wrong with them.
pub fn roots(home: &Home) -> Result<Arc<RootCertStore>, String> {
    let files = home.platform().root_files();
    let file = files.iter().find(|file| Path::new(file).is_file());
    let mut store =
        file.map_or_else(|| Ok(Arc::new(RootCertStore::empty())), |file| kept(Path::new(file)))?;
    if let Some(wiring) = home.wiring() {
        let own = wiring.roots().iter().map(|der| CertificateDer::from(der.as_slice()));
        Arc::make_mut(&mut store).add_parsable_certificates(own);
    }
    if store.is_empty() {
        return Err(format!("this system keeps no root certificates in {}", files.join(" or ")));
    }
    Ok(store)
}

/// The roots in `file`, which is read once in the life of a process: every connection asks for them.
fn kept(file: &Path) -> Result<Arc<RootCertStore>, String> {
    static READ: Mutex<BTreeMap<PathBuf, Arc<RootCertStore>>> = Mutex::new(BTreeMap::new());
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(store) = read.get(file) {
        return Ok(Arc::clone(store));
    }
    let all = CertificateDer::pem_file_iter(file).map_err(|e| format!("`{}`: {e}", file.display()))?;
    let mut store = RootCertStore::empty();
    // One that does not read is one root less.
    store.add_parsable_certificates(all.filter_map(Result::ok));
    let store = Arc::new(store);
    if !store.is_empty() {
        read.insert(file.to_path_buf(), Arc::clone(&store));
    }
    Ok(store)
}

/// A client that trusts what this system trusts.
///
/// # Errors
/// That of [`roots`].
pub fn trusting(home: &Home) -> Result<ClientConfig, String> {
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|e| e.to_string())?;
    Ok(builder.with_root_certificates(roots(home)?).with_no_client_auth())
}

/// A client that asks `verifier` what to trust.
///
/// # Errors
/// The library's.
pub fn asking(verifier: Arc<dyn ServerCertVerifier>) -> Result<ClientConfig, String> {
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|e| e.to_string())?;
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// The name that the certificate of `host` must have.
///
/// # Errors
/// It is none.
pub fn server_name(host: &str) -> Result<ServerName<'static>, String> {
    ServerName::try_from(host.to_owned()).map_err(|_| format!("`{}` is no name", visible_line(host, 200)))
}

/// Makes `wire` a stream within TLS; all of the greeting is done when this returns.
///
/// # Errors
/// The system's; [`refused`] puts a certificate's into words.
pub fn greet(host: &str, mut wire: Wire, config: ClientConfig) -> io::Result<Stream> {
    let name = server_name(host).map_err(io::Error::other)?;
    let mut client = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    while client.is_handshaking() {
        client.complete_io(&mut wire)?;
    }
    Ok(StreamOwned::new(client, wire))
}

/// What is said of a greeting that did not come about.
pub fn refused(e: &io::Error) -> String {
    match e.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(why)) => format!("its certificate {}", certificate(why)),
        Some(other) => other.to_string(),
        None => e.to_string(),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library says more of the others than fleet could")]
/// What is wrong with a certificate: the end of a sentence.
pub fn certificate(why: &CertificateError) -> String {
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "has expired".into(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "is not valid yet".into()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "is for another name".into()
        }
        CertificateError::UnknownIssuer => "was made by nobody that this system trusts".into(),
        CertificateError::Revoked => "was revoked".into(),
        CertificateError::BadSignature => "has a wrong signature".into(),
        other => format!("is not accepted: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;

    #[test]
    fn a_file_of_roots_is_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other, none] = ["one.pem", "other.pem", "none.pem"].map(|name| folder.path().join(name));
        let root = |name: &str| {
            let mut parameters = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
            parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
            let root = parameters.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
            let text = base64::engine::general_purpose::STANDARD.encode(root.der());
            format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
        };
        std::fs::write(&one, root("one.example")).unwrap();
        std::fs::write(&other, root("two.example") + &root("three.example")).unwrap();
        let first = kept(&one).unwrap();
        assert_eq!((first.len(), kept(&other).unwrap().len()), (1, 2));
        std::fs::remove_file(&one).unwrap();
        assert!(Arc::ptr_eq(&first, &kept(&one).unwrap()));
        // What could not be had is tried again.
        std::fs::write(&none, "").unwrap();
        assert!(kept(&none).unwrap().is_empty());
        std::fs::write(&none, root("four.example")).unwrap();
        assert_eq!(kept(&none).unwrap().len(), 1);
    }
}
