//! A signer made of the request's keys, flags, hashes and nonce.

use crate::{
    protocol::{Key, Sign},
    release,
};
use mail_auth::{
    crypto::{DkimKey, Ed25519Key, RsaKey, Sha256},
    dkim2::{Dkim2Hash, Dkim2Signer, Flag},
    signer::Ready,
};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject};

pub fn signer(request: &Sign) -> Result<Dkim2Signer<Ready>, String> {
    let (first, others) = request
        .keys
        .split_first()
        .ok_or("a signature needs a key")?;
    let mut signer = Dkim2Signer::from_key(private_key(first)?)
        .domain(request.domain.as_str())
        .selector(first.selector.as_str())
        .hashes(hashes(&request.hashes)?)
        .flags(request.flags.iter().map(|name| flag(name)))
        .nonce(request.nonce.clone().unwrap_or_default());
    for key in others {
        signer = match key.join {
            Some(',') => release::joined_key(signer, private_key(key)?, &key.selector)?,
            _ => release::alternative_key(signer, private_key(key)?, &key.selector)?,
        };
    }
    Ok(if request.out_of_band {
        signer.out_of_band_arrangement()
    } else {
        signer
    })
}

fn private_key(key: &Key) -> Result<DkimKey, String> {
    let der =
        PrivateKeyDer::from_pem_slice(key.pem.as_bytes()).map_err(|problem| problem.to_string())?;
    let loaded: Result<DkimKey, _> = match key.algorithm.as_str() {
        "rsa-sha256" => RsaKey::<Sha256>::from_key_der(der).map(Into::into),
        "ed25519-sha256" => Ed25519Key::from_pkcs8_der(der.secret_der()).map(Into::into),
        other => return release::other_key(other, der.secret_der()),
    };
    loaded.map_err(|problem| problem.to_string())
}

fn hashes(names: &[String]) -> Result<Vec<Dkim2Hash>, String> {
    let known =
        |name: &String| Dkim2Hash::parse(name.as_bytes()).ok_or(format!("no such hash: {name}"));
    names.iter().map(known).collect()
}

fn flag(name: &str) -> Flag {
    match name {
        "feedback" => Flag::Feedback,
        "feedhere" => Flag::FeedHere,
        "exploded" => Flag::Exploded,
        other => Flag::Unknown(other.into()),
    }
}
