//! Looking at the certificate that a host shows. Nothing is trusted for the look, and nothing is sent
//! after it; what this system thinks of the certificate is asked of the same judge that requests have.

use super::net::{self, NoAddress, Until, Wire, tls};
use super::{Hand, Step, Trouble};
use crate::call::{Certificate, Happened, StartTls, Tls, visible_line};
use crate::state::clock;
use jiff::Timestamp;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use x509_cert::der::Decode as _;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// Most bytes that a host may say.
const ROOM: u64 = 1 << 20;
/// Longest line before TLS.
const LINE: usize = 2048;
/// Most lines of one answer.
const LINES: usize = 100;
/// Most names of one certificate that are told.
const NAMES: usize = 200;

pub fn look(hand: &Hand<'_>, effect: &Tls) -> Step {
    let until = Until::within(hand, effect.timeout_s);
    let mut seen = Certificate { host: effect.host.clone(), port: effect.port, ..Certificate::default() };
    match shown(hand, effect, &until) {
        Ok((chain, judged)) => {
            describe(&mut seen, chain.first());
            seen.chain_ok = judged.is_ok();
            seen.error = judged.err();
        }
        // Where it would lead inside, and where a brake stops it, there is no answer to report.
        Err(No::Trouble(trouble)) => return Err(trouble),
        Err(No::Told(why)) => seen.error = Some(why),
    }
    Ok(Happened::Showed(seen))
}

/// Why there is no certificate.
enum No {
    Trouble(Trouble),
    Told(String),
}

impl No {
    /// What did not work is told of this host; a brake stops the call.
    fn of(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Not(said) => Self::Told(said),
            Trouble::Braked(_) | Trouble::Unknown(_) => Self::Trouble(trouble),
        }
    }
}

type Shown = (Vec<CertificateDer<'static>>, Result<(), String>);

fn shown(hand: &Hand<'_>, effect: &Tls, until: &Until) -> Result<Shown, No> {
    let told = |e: &io::Error| {
        let said = until.ended().map_or_else(|| tls::refused(e), |ended| ended.to_string());
        No::of(until.not(visible_line(&said, 300)))
    };
    let addresses = net::judged(hand, &effect.host, until).map_err(|no| match no {
        NoAddress::Unknown(trouble) => No::of(trouble),
        NoAddress::Inside(trouble) => No::Trouble(trouble),
    })?;
    let mut wire = Wire::dial(hand, &addresses, effect.port, until, ROOM).map_err(No::of)?;
    if let Some(how) = effect.starttls {
        change(&mut wire, how).map_err(|e| told(&e))?;
    }
    let witness = witness();
    let config = tls::asking(Arc::clone(&witness) as Arc<dyn ServerCertVerifier>).map_err(No::Told)?;
    let greeted = tls::greet(&effect.host, wire, config);
    let (chain, ocsp) = std::mem::take(&mut *witness.seen.lock().unwrap_or_else(PoisonError::into_inner));
    if chain.is_empty() {
        return Err(told(&greeted.err().unwrap_or_else(|| io::Error::other("it showed no certificate"))));
    }
    let judged = judge(hand, &effect.host, &chain, &ocsp).and_then(|()| match greeted {
        Ok(_) => Ok(()),
        Err(e) => Err(visible_line(&tls::refused(&e), 300)),
    });
    Ok((chain, judged))
}

/// What this system thinks of a chain.
fn judge(hand: &Hand<'_>, host: &str, chain: &[CertificateDer<'_>], ocsp: &[u8]) -> Result<(), String> {
    let roots = tls::roots(hand.home)?;
    let verifier = WebPkiServerVerifier::builder_with_provider(roots, tls::provider()).build();
    let verifier = verifier.map_err(|e| e.to_string())?;
    let name = tls::server_name(host)?;
    let Some((first, rest)) = chain.split_first() else { return Err("it showed no certificate".into()) };
    let seconds = u64::try_from(clock::now().as_second()).unwrap_or(0);
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
    match verifier.verify_server_cert(first, rest, &name, ocsp, now) {
        Ok(_) => Ok(()),
        Err(Error::InvalidCertificate(why)) => Err(format!("its certificate {}", tls::certificate(&why))),
        Err(other) => Err(visible_line(&other.to_string(), 300)),
    }
}

/// A witness of one look.
pub(super) fn witness() -> Arc<Witness> {
    Arc::new(Witness { seen: Mutex::default(), provider: tls::provider() })
}

/// Sees what is shown, and says nothing against it.
#[derive(Debug)]
pub(super) struct Witness {
    seen: Mutex<(Vec<CertificateDer<'static>>, Vec<u8>)>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        first: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        ocsp: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = std::iter::once(first).chain(rest).map(|one| one.clone().into_owned()).collect();
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = (chain, ocsp.to_vec());
        Ok(ServerCertVerified::assertion())
    }

    // That the key is theirs is still seen to.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// What a certificate says about itself.
fn describe(seen: &mut Certificate, shown: Option<&CertificateDer<'_>>) {
    let Some(read) = shown.and_then(|der| x509_cert::Certificate::from_der(der).ok()) else { return };
    let tbs = read.tbs_certificate();
    seen.subject = Some(visible_line(&tbs.subject().to_string(), 500)).filter(|text| !text.is_empty());
    seen.issuer = Some(visible_line(&tbs.issuer().to_string(), 500)).filter(|text| !text.is_empty());
    if let Ok(Some((_, SubjectAltName(names)))) = tbs.get_extension::<SubjectAltName>() {
        seen.sans = names.iter().filter_map(name).take(NAMES).collect();
    }
    let at = |time: x509_cert::time::Time| {
        Timestamp::from_second(i64::try_from(time.to_unix_duration().as_secs()).ok()?).ok()
    };
    let validity = tbs.validity();
    let until = at(validity.not_after);
    seen.not_before = at(validity.not_before).map(|time| time.to_string());
    seen.not_after = until.map(|time| time.to_string());
    seen.days = until.map(|time| (time.as_second() - clock::now().as_second()).div_euclid(86400));
}

fn name(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(visible_line(name.as_str(), 300)),
        GeneralName::IpAddress(bytes) => match bytes.as_bytes() {
            [a, b, c, d] => Some(std::net::Ipv4Addr::new(*a, *b, *c, *d).to_string()),
            long => <[u8; 16]>::try_from(long).ok().map(|v6| std::net::Ipv6Addr::from(v6).to_string()),
        },
        GeneralName::Rfc822Name(name) => Some(visible_line(name.as_str(), 300)),
        GeneralName::UniformResourceIdentifier(name) => Some(visible_line(name.as_str(), 300)),
        GeneralName::OtherName(_)
        | GeneralName::DirectoryName(_)
        | GeneralName::EdiPartyName(_)
        | GeneralName::RegisteredId(_) => None,
    }
}

/// Asks for TLS in the words of the protocol that comes before it.
fn change(wire: &mut Wire, how: StartTls) -> io::Result<()> {
    match how {
        StartTls::Smtp => {
            expect(wire, "220")?;
            wire.write_all(b"EHLO fleet.invalid\r\n")?;
            expect(wire, "250")?;
            wire.write_all(b"STARTTLS\r\n")?;
            expect(wire, "220")
        }
        StartTls::Imap => {
            expect(wire, "* OK")?;
            wire.write_all(b"a STARTTLS\r\n")?;
            expect(wire, "a OK")
        }
        StartTls::Pop3 => {
            expect(wire, "+OK")?;
            wire.write_all(b"STLS\r\n")?;
            expect(wire, "+OK")
        }
    }
}

/// Reads an answer up to its last line, which must begin so.
fn expect(wire: &mut Wire, begins: &str) -> io::Result<()> {
    for _ in 0..LINES {
        let line = line(wire)?;
        // `250-` has more to say, `250 ` has not.
        if begins.starts_with(|c: char| c.is_ascii_digit()) && line.as_bytes().get(3) == Some(&b'-') {
            continue;
        }
        return if line.starts_with(begins) {
            Ok(())
        } else {
            let line = visible_line(line.trim_end(), 200);
            Err(io::Error::other(format!("it does not change to TLS: it said `{line}`")))
        };
    }
    Err(io::Error::other("it says more than it is asked"))
}

/// One line, byte by byte: what comes after it is TLS.
fn line(wire: &mut Wire) -> io::Result<String> {
    let (mut line, mut byte) = (Vec::new(), [0]);
    while line.last() != Some(&b'\n') {
        if line.len() >= LINE || wire.read(&mut byte)? == 0 {
            return Err(io::Error::other("it does not speak the protocol that was named"));
        }
        line.extend(byte);
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}
