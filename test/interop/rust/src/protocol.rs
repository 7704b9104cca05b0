//! What a request and an answer look like. Octets are base64 of their text form.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::HashMap;

/// TXT records by name without a final dot; `null` makes the look-up fail for now, no entry means no such name.
pub type Zone = HashMap<String, Option<Vec<String>>>;

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Request {
    About,
    Verify(Verify),
    Sign(Box<Sign>),
    Dsn(Verify),
}

impl Request {
    pub fn now(&self) -> i64 {
        match self {
            Request::About => 0,
            Request::Verify(request) => request.now,
            Request::Sign(request) => request.now,
            Request::Dsn(request) => request.now,
        }
    }
}

#[derive(Deserialize, Clone)]
pub struct Paths {
    /// With angle brackets; `<>` for the null reverse-path.
    pub mail_from: String,
    pub rcpt_to: Vec<String>,
}

#[derive(Deserialize)]
pub struct Verify {
    #[serde(deserialize_with = "octets")]
    pub message: Vec<u8>,
    #[serde(flatten)]
    pub paths: Paths,
    #[serde(default)]
    pub dns: Zone,
    pub now: i64,
}

#[derive(Deserialize)]
pub struct Key {
    pub selector: String,
    pub algorithm: String,
    /// PKCS #8, PEM.
    pub pem: String,
    /// How this key joins the ones before it: `,` or `|`.
    #[serde(default)]
    pub join: Option<char>,
}

/// The message as this hop received it, with the envelope it came in: the peer verifies it before it extends it.
#[derive(Deserialize)]
pub struct Received {
    #[serde(deserialize_with = "octets")]
    pub message: Vec<u8>,
    #[serde(flatten)]
    pub paths: Paths,
}

#[derive(Deserialize)]
pub struct Sign {
    #[serde(deserialize_with = "octets")]
    pub message: Vec<u8>,
    pub received: Option<Received>,
    #[serde(flatten)]
    pub paths: Paths,
    /// Names the next signing domain (`nd=`) in place of the envelope.
    pub next_domain: Option<String>,
    pub domain: String,
    pub keys: Vec<Key>,
    #[serde(default)]
    pub hashes: Vec<String>,
    #[serde(default)]
    pub flags: Vec<String>,
    pub nonce: Option<String>,
    #[serde(default)]
    pub exploded: bool,
    /// Extends a chain that is not fully verified.
    #[serde(default)]
    pub out_of_band: bool,
    #[serde(default)]
    pub dns: Zone,
    pub now: i64,
}

#[derive(Serialize, Default)]
pub struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsupported: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
}

#[derive(Serialize)]
pub struct About {
    pub name: &'static str,
    pub version: &'static str,
    pub revision: &'static str,
}

impl Answer {
    pub fn about(name: &'static str, version: &'static str, revision: &'static str) -> Self {
        Answer {
            about: Some(About {
                name,
                version,
                revision,
            }),
            ..Answer::default()
        }
    }

    pub fn verdict(result: &'static str, detail: Option<String>) -> Self {
        Answer {
            result: Some(result),
            detail,
            ..Answer::default()
        }
    }

    pub fn message(octets: &[u8]) -> Self {
        Answer {
            message: Some(STANDARD.encode(octets)),
            ..Answer::default()
        }
    }

    pub fn unsupported(reason: impl Into<String>) -> Self {
        Answer {
            unsupported: Some(reason.into()),
            ..Answer::default()
        }
    }

    pub fn error(reason: impl Into<String>) -> Self {
        Answer {
            error: Some(reason.into()),
            ..Answer::default()
        }
    }
}

fn octets<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<u8>, D::Error> {
    STANDARD
        .decode(String::deserialize(input)?)
        .map_err(serde::de::Error::custom)
}
