//! `verify`: the verdict of a full verification, and the text that comes with it.

use crate::{
    protocol::{Answer, Paths, Verify},
    zone::ZoneCache,
};
use mail_auth::{
    AuthenticatedMessage, Dkim2Result, MessageAuthenticator, Parameters,
    dkim2::{Dkim2Output, Envelope},
};

pub async fn answer(authenticator: &MessageAuthenticator, request: &Verify) -> Answer {
    let Some(message) = AuthenticatedMessage::parse(&request.message) else {
        return Answer::verdict("permerror", Some("the message could not be parsed".into()));
    };
    let zone = ZoneCache::new(&request.dns);
    let output = verify(authenticator, &message, &request.paths, &zone).await;
    Answer::verdict(
        word(output.result()),
        output.error().map(ToString::to_string),
    )
}

/// A full verification for the envelope that the message came in.
pub async fn verify<'x>(
    authenticator: &MessageAuthenticator,
    message: &'x AuthenticatedMessage<'x>,
    paths: &Paths,
    zone: &'x ZoneCache,
) -> Dkim2Output<'x> {
    let envelope = Envelope::new(paths.mail_from.as_str(), paths.rcpt_to.iter());
    authenticator
        .verify_dkim2(Parameters::new(message).with_cache(zone), envelope)
        .await
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
