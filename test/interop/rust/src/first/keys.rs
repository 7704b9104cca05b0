//! A signer made of the request's keys, flags and nonce.

use crate::protocol::{Key, Sign};
use mail_auth::{
    common::crypto::{DkimKey, Ed25519Key, RsaKey, Sha256},
    dkim2::{Dkim2Signer, Done, Flag},
};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject};

pub fn signer(request: &Sign) -> Result<Dkim2Signer<Done>, String> {
    let (first, others) = request
        .keys
        .split_first()
        .ok_or("a signature needs a key")?;
    if request.hashes.iter().any(|name| name != "sha256") {
        return Err("this release writes sha256 only".into());
    }
    let mut signer = Dkim2Signer::from_key(private_key(first)?)
        .domain(request.domain.as_str())
        .selector(first.selector.as_str());
    for key in others {
        if key.join != Some(',') {
            return Err("alternatives came with revision 08".into());
        }
        signer = signer.additional_key(private_key(key)?, key.selector.as_str());
    }
    let exploded = (request.exploded && request.received.is_some()).then_some(Flag::Exploded);
    let flags: Vec<Flag> = request
        .flags
        .iter()
        .map(|name| flag(name))
        .chain(exploded)
        .collect();
    if !flags.is_empty() {
        signer = signer.flags(flags);
    }
    Ok(match &request.nonce {
        Some(nonce) => signer.nonce(nonce.as_str()),
        None => signer,
    })
}

fn private_key(key: &Key) -> Result<DkimKey, String> {
    let der =
        PrivateKeyDer::from_pem_slice(key.pem.as_bytes()).map_err(|problem| problem.to_string())?;
    let loaded: Result<DkimKey, _> = match key.algorithm.as_str() {
        "rsa-sha256" => RsaKey::<Sha256>::from_key_der(der).map(Into::into),
        "ed25519-sha256" => {
            Ed25519Key::from_pkcs8_maybe_unchecked_der(der.secret_der()).map(Into::into)
        }
        other => return Err(format!("no such algorithm: {other}")),
    };
    loaded.map_err(|problem| problem.to_string())
}

fn flag(name: &str) -> Flag {
    match name {
        "feedback" => Flag::Feedback,
        "feedhere" => Flag::FeedHere,
        "exploded" => Flag::Exploded,
        "donotmodify" => Flag::DoNotModify,
        "donotexplode" => Flag::DoNotExplode,
        other => Flag::Unknown(other.into()),
    }
}
