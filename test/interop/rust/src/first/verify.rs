//! `verify`: the verdict of a full verification, and the text that comes with it.

use crate::{
    protocol::{Answer, Verify},
    zone::{ZoneCache, parameters},
};
use mail_auth::{AuthenticatedMessage, Dkim2Result, MessageAuthenticator, dkim2::Envelope};

pub async fn answer(authenticator: &MessageAuthenticator, request: &Verify) -> Answer {
    let Some(message) = AuthenticatedMessage::parse(&request.message) else {
        return Answer::verdict("permerror", Some("the message could not be parsed".into()));
    };
    let zone = ZoneCache::new(&request.dns);
    let envelope = Envelope::new(
        request.paths.mail_from.as_str(),
        request.paths.rcpt_to.iter(),
    );
    let output = authenticator
        .verify_dkim2(parameters(&message, &zone), envelope)
        .await;
    Answer::verdict(
        word(output.result()),
        output.error().map(ToString::to_string),
    )
}

fn word(result: &Dkim2Result) -> &'static str {
    match result {
        Dkim2Result::Pass => "pass",
        Dkim2Result::Fail(_) => "fail",
        Dkim2Result::PermError(_) => "permerror",
        Dkim2Result::TempError(_) => "temperror",
        Dkim2Result::None => "none",
    }
}
