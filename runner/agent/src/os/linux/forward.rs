//! A forge, or a server, that listens on the loopback of the runner's host, made reachable inside the container.

use std::{
    io,
    net::{Ipv4Addr, Shutdown, TcpListener, TcpStream},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    thread,
};

/// Listens on 127.0.0.1 and joins each connection to a new one of the socket.
///
/// # Errors
/// The port is taken in the job's network.
pub fn start(port: u16, socket: &Path) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    let socket = socket.to_owned();
    thread::Builder::new().name("forward".to_owned()).spawn(move || accept(&listener, &socket))?;
    Ok(())
}

fn accept(listener: &TcpListener, socket: &Path) {
    for inner in listener.incoming().flatten() {
        let socket: PathBuf = socket.to_owned();
        // A connection that cannot be served is closed; the client sees that, and git's output says it.
        drop(thread::Builder::new().name("forwarded".to_owned()).spawn(move || join(inner, &socket)));
    }
}

/// Copies both ways until both ends have said all.
fn join(inner: TcpStream, socket: &Path) -> io::Result<()> {
    let outer = UnixStream::connect(socket)?;
    let (mut inner_reader, mut outer_writer) = (inner.try_clone()?, outer.try_clone()?);
    let out = thread::Builder::new().name("forwarded".to_owned()).spawn(move || {
        drop(io::copy(&mut inner_reader, &mut outer_writer));
        drop(outer_writer.shutdown(Shutdown::Write));
    })?;
    drop(io::copy(&mut &outer, &mut &inner));
    drop(inner.shutdown(Shutdown::Write));
    drop(out.join());
    Ok(())
}
