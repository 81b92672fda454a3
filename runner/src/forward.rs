//! A way from a container to a port on the loopback of the runner's host, where a container cannot reach it: a socket in
//! the spool, each of whose connections is joined to that port. Nothing else of the host is reachable through it.

use std::{io, net::Ipv4Addr, path::Path};

use model::agent::forward_socket;
use tokio::{io::copy_bidirectional, net::TcpSocket, task::JoinSet};
use tokio_util::task::AbortOnDropHandle;
use tracing::debug;

use crate::os::{Listener, Stream};

/// The address that jobs' connections come from. A Roundhouse on this host takes who comes from 127.0.0.1 for its operator:
/// no job may come from there.
const JOBS_ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// The port of an address that is this host's own.
pub(crate) fn loopback_port(url: &str) -> Option<u16> {
    let url = reqwest::Url::parse(url).ok()?;
    let host = url.host_str()?;
    let is_loopback = host == "localhost" || host.parse::<Ipv4Addr>().is_ok_and(|host| host.is_loopback());
    is_loopback.then(|| url.port_or_known_default()).flatten()
}

/// The open way. Dropping it closes it, with all connections.
#[derive(Debug)]
pub(crate) struct Forward {
    _task: AbortOnDropHandle<()>,
}

impl Forward {
    /// Opens the socket in the spool of a task's directory; one that an earlier process left there is replaced.
    pub(crate) fn open(directory: &Path, port: u16) -> io::Result<Self> {
        let listener = Listener::open(directory, &forward_socket(port))?;
        Ok(Self { _task: AbortOnDropHandle::new(tokio::spawn(serve(listener, port))) })
    }
}

async fn serve(listener: Listener, port: u16) {
    let mut joined = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(inside) => drop(joined.spawn(join(inside, port))),
                Err(error) => {
                    debug!("A connection from a job could not be accepted: {error}");
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                }
            },
            Some(_) = joined.join_next() => {}
        }
    }
}

async fn join(mut inside: Stream, port: u16) {
    let result = async {
        let outside = TcpSocket::new_v4()?;
        outside.bind((JOBS_ADDRESS, 0).into())?;
        let mut outside = outside.connect((Ipv4Addr::LOCALHOST, port).into()).await?;
        copy_bidirectional(&mut inside, &mut outside).await
    };
    if let Err(error) = result.await {
        debug!("A job's connection to port {port} of this host broke: {error}");
    }
}
