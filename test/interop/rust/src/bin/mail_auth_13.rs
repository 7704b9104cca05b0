//! mail-auth 0.13: revision 04.

extern crate mail_auth_13 as mail_auth;

#[path = "../clock.rs"]
mod clock;
#[path = "../first/dsn.rs"]
mod dsn;
#[path = "../first/keys.rs"]
mod keys;
// This release does not verify what it extends.
#[allow(dead_code)]
#[path = "../protocol.rs"]
mod protocol;
#[path = "../serve.rs"]
mod serve;
#[path = "../first/sign.rs"]
mod sign;
#[path = "../first/verify.rs"]
mod verify;
#[path = "../first/zone.rs"]
mod zone;

mod release {
    pub const VERSION: &str = "0.13.1";
    pub const REVISION: &str = "04";
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    serve::serve()
}
