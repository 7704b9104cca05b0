//! The request's TXT records, offered to the crate as a cache that knows every name.

use crate::protocol::Zone;
use hickory_resolver::proto::op::ResponseCode;
use mail_auth::{
    DnsError, Error, MX, Parameters, RecordSet, ResolverCache, Txt,
    common::verify::DomainKey,
    common::{cache::NoCache, parse::TxtRecordParser},
};
use std::{
    borrow::Borrow,
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Instant,
};

pub struct ZoneCache {
    records: HashMap<Box<str>, Txt>,
    /// What every name gets that the request does not list.
    absent: Txt,
}

impl ZoneCache {
    pub fn new(zone: &Zone) -> Self {
        let records = zone
            .iter()
            .map(|(name, records)| {
                let name = format!("{}.", name.to_lowercase()).into_boxed_str();
                (name, key_record(records))
            })
            .collect();
        ZoneCache {
            records,
            absent: Txt::Error(Error::Dns(DnsError::RecordNotFound(ResponseCode::NXDomain))),
        }
    }
}

fn key_record(records: &Option<Vec<String>>) -> Txt {
    let Some(records) = records else {
        return Txt::Error(Error::Dns(DnsError::Resolver("server failure".into())));
    };
    match records.first() {
        Some(record) => match DomainKey::parse(record.as_bytes()) {
            Ok(key) => key.into(),
            Err(problem) => Txt::Error(problem),
        },
        None => Txt::Error(Error::Dns(DnsError::RecordNotFound(ResponseCode::NoError))),
    }
}

type WithZone<'x, P> = Parameters<
    'x,
    P,
    ZoneCache,
    NoCache<Box<str>, RecordSet<MX>>,
    NoCache<Box<str>, RecordSet<Ipv4Addr>>,
    NoCache<Box<str>, RecordSet<Ipv6Addr>>,
    NoCache<IpAddr, RecordSet<Box<str>>>,
>;

pub fn parameters<'x, P>(input: P, zone: &'x ZoneCache) -> WithZone<'x, P> {
    Parameters {
        params: input,
        cache_txt: Some(zone),
        cache_mx: None,
        cache_ptr: None,
        cache_ipv4: None,
        cache_ipv6: None,
    }
}

impl ResolverCache<Box<str>, Txt> for ZoneCache {
    fn get<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        Some(self.records.get(name).unwrap_or(&self.absent).clone())
    }

    fn remove<Q>(&self, _: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }

    fn insert(&self, _: Box<str>, _: Txt, _: Instant) {}
}
