//! mail-auth 0.14: revision 07.

extern crate mail_auth_14 as mail_auth;

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
    use mail_auth::{crypto::DkimKey, dkim2::Dkim2Signer, signer::Ready};

    pub const VERSION: &str = "0.14.1";
    pub const REVISION: &str = "07";

    /// Adds a key: all keys of a signature must pass, there are no alternatives.
    pub fn joined_key(
        signer: Dkim2Signer<Ready>,
        key: DkimKey,
        selector: &str,
    ) -> Result<Dkim2Signer<Ready>, String> {
        Ok(signer.additional_key(key, selector))
    }

    pub fn alternative_key(
        _: Dkim2Signer<Ready>,
        _: DkimKey,
        _: &str,
    ) -> Result<Dkim2Signer<Ready>, String> {
        Err("alternatives came with revision 08".into())
    }

    pub fn other_key(algorithm: &str, _: &[u8]) -> Result<DkimKey, String> {
        Err(format!("no such algorithm: {algorithm}"))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    serve::serve()
}
