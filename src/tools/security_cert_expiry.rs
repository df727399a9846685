//! Look at the certificates that hosts show.

use super::typed::{Typed, Unclear};
use super::web_dns::{in_time, ten};
use super::{Card, EffectClass};
use crate::call::{Happened, RemoteWanted, Risk, StartTls, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Most hosts of one call.
const HOSTS: usize = 50;

pub struct SecurityCertExpiry;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// Where to look; 50 at most.
    hosts: Vec<Place>,
    /// Seconds until a host is given up; 60 is the most.
    #[serde(default = "ten")]
    timeout_s: u32,
}

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Place {
    /// Its name or address.
    host: String,
    /// Its port.
    #[serde(default = "https")]
    port: u16,
    /// What is spoken there before TLS.
    #[serde(default)]
    #[schemars(with = "StartTls")]
    starttls: Option<StartTls>,
}

const fn https() -> u16 {
    443
}

impl Typed for SecurityCertExpiry {
    type Args = Args;
    const CARD: Card = Card {
        name: "security_cert_expiry",
        family: "security",
        risk: Risk::Medium,
        effect: EffectClass::Read,
        about: "Looks at the certificates that hosts show: until when, for whom, and what is wrong with them.",
        undo: "nothing to undo; the hosts saw a connection",
        bulk: &[],
        needs: None,
        example: r#"{"hosts":[{"host":"example.com"},{"host":"mail.example.com","port":587,"starttls":"smtp"}]}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        let Args { hosts, timeout_s } = args;
        in_time(timeout_s)?;
        if hosts.is_empty() || hosts.len() > HOSTS {
            return Err(Unclear::Args(format!("hosts has {} places: expected 1 to {HOSTS}", hosts.len())));
        }
        let look = |Place { host, port, starttls }| {
            Wanted::Remote(RemoteWanted::Tls { host, port, starttls, timeout_s })
        };
        Ok(hosts.into_iter().map(look).collect())
    }

    fn report(_: Args, happened: &[Happened]) -> Value {
        let showed = happened
            .iter()
            .filter_map(|one| if let Happened::Showed(certificate) = one { Some(certificate) } else { None });
        json!({ "certs": showed.collect::<Vec<_>>() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tool;
    use super::*;

    #[test]
    fn every_place_is_a_look_of_its_own() {
        let args =
            json!({"hosts": [{"host": "a.example"}, {"host": "b.example", "port": 143, "starttls": "imap"}]});
        let planned = Tool::plan(&SecurityCertExpiry, &SecurityCertExpiry.bind(&args).unwrap()).unwrap();
        let look = |host: &str, port, starttls| {
            Wanted::Remote(RemoteWanted::Tls { host: host.into(), port, starttls, timeout_s: 10 })
        };
        assert_eq!(planned, [look("a.example", 443, None), look("b.example", 143, Some(StartTls::Imap))]);
        for bad in [json!({"hosts": []}), json!({"hosts": vec![json!({"host": "a.example"}); 51]})] {
            assert!(Tool::plan(&SecurityCertExpiry, &SecurityCertExpiry.bind(&bad).unwrap()).is_err());
        }
        assert!(SecurityCertExpiry.bind(&json!({"hosts": [{"host": "a", "port": 70000}]})).is_err());
    }
}
