//! Servers within TLS, with certificates of an authority that is made for the test.

use super::{Handler, Talk};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};
use std::sync::Arc;

/// What a certificate is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Until 2099.
    Good,
    /// Until 2020.
    Expired,
    /// From 2090 on.
    Early,
    /// Made by itself.
    SelfSigned,
}

/// An authority.
pub struct Authority {
    params: CertificateParams,
    key: KeyPair,
    pub der: Vec<u8>,
}

impl Authority {
    pub fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "The test's authority");
        let der = params.self_signed(&key).unwrap().der().to_vec();
        Self { params, key, der }
    }

    /// What a server of `name` needs.
    pub fn server(&self, name: &str, kind: Kind) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, format!("for {name}"));
        (params.not_before, params.not_after) = match kind {
            Kind::Good | Kind::SelfSigned => (date_time_ymd(2020, 1, 1), date_time_ymd(2099, 6, 5)),
            Kind::Expired => (date_time_ymd(2019, 1, 1), date_time_ymd(2020, 2, 3)),
            Kind::Early => (date_time_ymd(2090, 1, 1), date_time_ymd(2099, 6, 5)),
        };
        let certificate = if kind == Kind::SelfSigned {
            params.self_signed(&key).unwrap()
        } else {
            params.signed_by(&key, &Issuer::from_params(&self.params, &self.key)).unwrap()
        };
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        Arc::new(config.unwrap().with_no_client_auth().with_single_cert(chain, key).unwrap())
    }
}

/// `handler` within TLS.
pub fn within(config: Arc<ServerConfig>, handler: Arc<Handler>) -> Arc<Handler> {
    Arc::new(move |talk, life| {
        let Ok(mut server) = ServerConnection::new(Arc::clone(&config)) else { return };
        let mut inner: &mut dyn Talk = talk;
        let mut stream = Stream::new(&mut server, &mut inner);
        handler(&mut stream, life);
        server.send_close_notify();
        let _ = server.complete_io(&mut inner);
    })
}
