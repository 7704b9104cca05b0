//! `dsn`: whether a delivery status notification is authentic for who receives it.

use crate::{
    protocol::{Answer, Verify},
    zone::ZoneCache,
};
use mail_auth::{
    MessageAuthenticator, Parameters,
    dkim2::{Dkim2Dsn, Dkim2DsnFailure, Envelope},
};

pub async fn answer(authenticator: &MessageAuthenticator, request: &Verify) -> Answer {
    let zone = ZoneCache::new(&request.dns);
    let envelope = Envelope::new(
        request.paths.mail_from.as_str(),
        request.paths.rcpt_to.iter(),
    );
    let judged = match Dkim2Dsn::parse(&request.message) {
        Ok(dsn) => authenticator
            .verify_dkim2_dsn(Parameters::new(&dsn).with_cache(&zone), envelope)
            .await
            .map(drop),
        Err(failure) => Err(failure),
    };
    match judged {
        Ok(()) => Answer::verdict("pass", None),
        Err(Dkim2DsnFailure::TempError) => {
            Answer::verdict("temperror", Some(Dkim2DsnFailure::TempError.to_string()))
        }
        Err(failure) => Answer::verdict("fail", Some(failure.to_string())),
    }
}
