//! `sign`: the first hop, a hop that changed nothing, or a hop that changed the message.

use crate::{
    keys,
    protocol::{Answer, Sign},
};
use mail_auth::{
    MessageAuthenticator,
    dkim2::{Dkim2Signed, Dkim2Signer, Done, Hop},
};

pub async fn answer(_: &MessageAuthenticator, request: &Sign) -> Answer {
    let signer = match keys::signer(request) {
        Ok(signer) => signer,
        Err(reason) => return Answer::unsupported(reason),
    };
    let signed = match &request.next_domain {
        Some(next) => add_hop(&signer, request, Hop::imaginary(next.clone())),
        None => {
            let (from, to) = (&request.paths.mail_from, request.paths.rcpt_to.as_slice());
            add_hop(&signer, request, Hop::real(from.as_str(), to))
        }
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

/// With a recipe where what came in and what goes out differ.
fn add_hop<A, R, I>(
    signer: &Dkim2Signer<Done>,
    request: &Sign,
    hop: Hop<A, R, I>,
) -> mail_auth::Result<Dkim2Signed>
where
    A: AsRef<str>,
    R: IntoIterator<Item: AsRef<str>>,
    I: Into<String>,
{
    let outgoing = request.message.as_slice();
    match &request.received {
        Some(received) if received.message != request.message => {
            signer.sign_revised(received.message.as_slice(), outgoing, hop)
        }
        _ => signer.sign(outgoing, hop),
    }
}
