//! mail-auth 0.15: revision 08.

extern crate mail_auth_15 as mail_auth;

#[path = "../clock.rs"]
mod clock;
#[path = "../dsn.rs"]
mod dsn;
#[path = "../keys.rs"]
mod keys;
#[path = "../protocol.rs"]
mod protocol;
#[path = "../serve.rs"]
mod serve;
#[path = "../sign.rs"]
mod sign;
#[path = "../verify.rs"]
mod verify;
#[path = "../zone.rs"]
mod zone;
/// What this release has that others have not.
mod release {
    use mail_auth::{
        crypto::{DkimKey, MlDsa44Key},
        dkim2::Dkim2Signer,
        signer::Ready,
    };

    pub const VERSION: &str = "0.15.1";
    pub const REVISION: &str = "08";

    /// Adds a key that must pass together with the one before it.
    pub fn joined_key(
        signer: Dkim2Signer<Ready>,
        key: DkimKey,
        selector: &str,
    ) -> Result<Dkim2Signer<Ready>, String> {
        Ok(signer.hybrid_key(key, selector))
    }

    /// Adds a key that is an alternative to those before it.
    pub fn alternative_key(
        signer: Dkim2Signer<Ready>,
        key: DkimKey,
        selector: &str,
    ) -> Result<Dkim2Signer<Ready>, String> {
        Ok(signer.additional_key(key, selector))
    }

    /// Keys of algorithms that came late.
    pub fn other_key(algorithm: &str, der: &[u8]) -> Result<DkimKey, String> {
        match algorithm {
            "mldsa44" => MlDsa44Key::from_pkcs8_der(der)
                .map(Into::into)
                .map_err(|problem| problem.to_string()),
            other => Err(format!("no such algorithm: {other}")),
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    serve::serve()
}
