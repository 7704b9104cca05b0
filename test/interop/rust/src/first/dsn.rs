//! `dsn`: whether a delivery status notification is authentic for who receives it.

use crate::{
    protocol::{Answer, Verify},
    zone::{ZoneCache, parameters},
};
use mail_auth::{
    MessageAuthenticator,
    dkim2::{Dkim2Dsn, Envelope},
};

pub async fn answer(authenticator: &MessageAuthenticator, request: &Verify) -> Answer {
    let zone = ZoneCache::new(&request.dns);
    let envelope = Envelope::new(
        request.paths.mail_from.as_str(),
        request.paths.rcpt_to.iter(),
    );
    let judged = match Dkim2Dsn::parse(&request.message) {
        Ok(dsn) => authenticator
            .verify_dkim2_dsn(parameters(&dsn, &zone), envelope)
            .await
            .map(drop),
        Err(failure) => Err(failure),
    };
    match judged {
        Ok(()) => Answer::verdict("pass", None),
        Err(failure) => Answer::verdict("fail", Some(format!("{failure:?}"))),
    }
}
