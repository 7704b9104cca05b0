//! `sign`: the first hop, a hop that changed nothing, or a hop that changed the message.

use crate::{
    keys,
    protocol::{Answer, Received, Sign},
    verify::verify,
    zone::ZoneCache,
};
use mail_auth::{
    AuthenticatedMessage, MessageAuthenticator,
    dkim2::{Dkim2Signed, Dkim2Signer, Hop},
    signer::Ready,
};

pub async fn answer(authenticator: &MessageAuthenticator, request: &Sign) -> Answer {
    let signer = match keys::signer(request) {
        Ok(signer) => signer,
        Err(reason) => return Answer::unsupported(reason),
    };
    let signed = match &request.received {
        None => originate(&signer, request),
        Some(received) => extend(authenticator, &signer, request, received).await,
    };
    match signed {
        Ok(signed) => {
            let mut message = signed.to_header().into_bytes();
            message.extend_from_slice(&request.message);
            Answer::message(&message)
        }
        Err(problem) => Answer::error(problem.to_string()),
    }
}

fn originate(signer: &Dkim2Signer<Ready>, request: &Sign) -> mail_auth::Result<Dkim2Signed> {
    match &request.next_domain {
        Some(next) => signer.sign(
            request.message.as_slice(),
            Hop::imaginary(next.clone()),
            None,
        ),
        None => signer.sign(request.message.as_slice(), hop(request), None),
    }
}

/// Verifies what came in, then signs what goes out, with a recipe where the two differ.
async fn extend(
    authenticator: &MessageAuthenticator,
    signer: &Dkim2Signer<Ready>,
    request: &Sign,
    received: &Received,
) -> mail_auth::Result<Dkim2Signed> {
    let arrived = AuthenticatedMessage::parse(&received.message).ok_or(mail_auth::Error::Parse)?;
    let zone = ZoneCache::new(&request.dns);
    let verified = verify(authenticator, &arrived, &received.paths, &zone).await;
    let (original, outgoing) = (received.message.as_slice(), request.message.as_slice());
    match &request.next_domain {
        Some(next) => signer.sign_revised(
            original,
            outgoing,
            Hop::imaginary(next.clone()),
            Some(&verified),
        ),
        None => signer.sign_revised(original, outgoing, hop(request), Some(&verified)),
    }
}

fn hop(request: &Sign) -> Hop<&str, &[String], String> {
    let hop = Hop::real(
        request.paths.mail_from.as_str(),
        request.paths.rcpt_to.as_slice(),
    );
    if request.exploded {
        hop.exploded()
    } else {
        hop
    }
}
