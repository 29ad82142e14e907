//! A stream whose first bytes are kept for whoever wants to see them as they came.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The most that is kept, in bytes: as much as a head may have.
pub(super) const KEPT: usize = 64 * 1024;

/// Keeps what is read from a stream, up to [`KEPT`].
#[derive(Debug)]
pub(super) struct Heard<S> {
    stream: S,
    kept: Option<Rc<RefCell<Vec<u8>>>>,
}

impl<S> Heard<S> {
    pub(super) const fn new(stream: S, kept: Option<Rc<RefCell<Vec<u8>>>>) -> Self {
        Self { stream, kept }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Heard<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let done = ready!(Pin::new(&mut self.stream).poll_read(cx, buffer));
        if let Some(kept) = &self.kept {
            let mut kept = kept.borrow_mut();
            let room = KEPT.saturating_sub(kept.len());
            kept.extend(buffer.filled().iter().skip(before).take(room));
        }
        Poll::Ready(done)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Heard<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
