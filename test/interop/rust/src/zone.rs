//! The request's TXT records, offered to the crate as a cache that knows every name.

use crate::protocol::Zone;
use hickory_resolver::proto::op::ResponseCode;
use mail_auth::{
    DnsCache, DnsError, Error, NoCache, ResolverCache, TxtRecord, dkim::DomainKey,
    dns::TxtRecordParser,
};
use std::{borrow::Borrow, collections::HashMap, hash::Hash, time::Instant};

pub struct ZoneCache {
    records: HashMap<Box<str>, TxtRecord>,
    /// What every name gets that the request does not list.
    absent: TxtRecord,
}

impl ZoneCache {
    pub fn new(zone: &Zone) -> Self {
        let records = zone
            .iter()
            .map(|(name, records)| {
                (
                    format!("{}.", name.to_lowercase()).into_boxed_str(),
                    key_record(records),
                )
            })
            .collect();
        ZoneCache {
            records,
            absent: TxtRecord::Error(Error::Dns(DnsError::RecordNotFound(ResponseCode::NXDomain))),
        }
    }
}

fn key_record(records: &Option<Vec<String>>) -> TxtRecord {
    let Some(records) = records else {
        return TxtRecord::Error(Error::Dns(DnsError::Resolver("server failure".into())));
    };
    let octets: Vec<Vec<u8>> = records
        .iter()
        .map(|record| record.clone().into_bytes())
        .collect();
    DomainKey::parse_records(&octets).into()
}

impl ResolverCache<Box<str>, TxtRecord> for ZoneCache {
    fn get<Q>(&self, name: &Q) -> Option<TxtRecord>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        Some(self.records.get(name).unwrap_or(&self.absent).clone())
    }

    fn remove<Q>(&self, _: &Q) -> Option<TxtRecord>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }

    fn insert(&self, _: Box<str>, _: TxtRecord, _: Instant) {}
}

impl DnsCache for ZoneCache {
    type Txt = ZoneCache;
    type Mx = NoCache;
    type Ipv4 = NoCache;
    type Ipv6 = NoCache;
    type Ptr = NoCache;

    fn txt(&self) -> Option<&Self::Txt> {
        Some(self)
    }
    fn mx(&self) -> Option<&Self::Mx> {
        None
    }
    fn ipv4(&self) -> Option<&Self::Ipv4> {
        None
    }
    fn ipv6(&self) -> Option<&Self::Ipv6> {
        None
    }
    fn ptr(&self) -> Option<&Self::Ptr> {
        None
    }
}
