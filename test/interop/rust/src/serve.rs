//! The loop of every program: reads one JSON request a line on standard input, lets a release of the mail-auth crate do the
//! work, and writes one JSON answer a line on standard output. `protocol.md` beside the tests describes both.

use crate::{
    clock, dsn,
    protocol::{Answer, Request},
    release, sign, verify,
};
use hickory_resolver::config::{ResolverConfig, ResolverOpts};
use mail_auth::MessageAuthenticator;
use std::io::{BufRead, Write};

pub fn serve() -> Result<(), Box<dyn std::error::Error>> {
    // One thread serves everything: no request waits for the network, because the zone answers every look-up.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let authenticator = runtime.block_on(async {
        MessageAuthenticator::new(ResolverConfig::default(), ResolverOpts::default())
    })?;
    let mut output = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let answer = match serde_json::from_str::<Request>(&line) {
            Ok(request) => runtime.block_on(answer(&authenticator, request)),
            Err(problem) => Answer::error(format!("request not understood: {problem}")),
        };
        serde_json::to_writer(&mut output, &answer)?;
        output.write_all(b"\n")?;
        output.flush()?;
    }
    Ok(())
}

async fn answer(authenticator: &MessageAuthenticator, request: Request) -> Answer {
    if !clock::set_seconds(request.now()) {
        return Answer::unsupported(
            "the crate reads the clock itself, and only on Linux can it be set for it",
        );
    }
    match request {
        Request::About => Answer::about("mail-auth", release::VERSION, release::REVISION),
        Request::Verify(request) => verify::answer(authenticator, &request).await,
        Request::Sign(request) => sign::answer(authenticator, &request).await,
        Request::Dsn(request) => dsn::answer(authenticator, &request).await,
    }
}
