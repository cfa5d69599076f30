//! Requests, from code that waits for them.

use std::future::Future;
use std::io;
use std::ops::Range;
use std::sync::{Arc, mpsc};

use bytes::Bytes;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{
    Error, GetOptions, GetRange, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions,
    UpdateVersion,
};
use tokio::runtime::{Builder, Runtime};

use super::super::{DiskError, Entry, Operation, Trouble};
use super::StoreAddress;

/// When an object may be written.
#[derive(Clone, Debug)]
pub(super) enum When {
    Always,
    /// There is none of that name.
    New,
    /// The one that is there has this tag.
    Tagged(String),
}

/// A prefix of a bucket, and the threads that talk to it.
pub(super) struct Client {
    pub(super) store: Arc<AmazonS3>,
    url: String,
    prefix: String,
    /// Taken when dropped, for a runtime must not be waited for inside of another.
    runtime: Option<Runtime>,
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Client {
    pub(super) fn new(address: &StoreAddress, builder: AmazonS3Builder) -> Result<Self, DiskError> {
        let (_, prefix) = address.parts()?;
        let url = address.url.trim_end_matches('/').to_owned();
        let store = builder.build();
        let store = store.map_err(|error| {
            DiskError::of(&*url, Operation::Read, Trouble::Other, chain(&error))
        })?;
        // The work is waiting: one thread does it for any number of requests.
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|error| DiskError::new(&*url, Operation::Read, error))?;
        Ok(Self { store: Arc::new(store), url, prefix: prefix.to_owned(), runtime: Some(runtime) })
    }

    /// A path as people find it in the store.
    pub(super) fn shown(&self, path: &str) -> String {
        format!("{}/{path}", self.url)
    }

    pub(super) fn unsupported(&self, path: &str, operation: Operation) -> DiskError {
        let what = "an object store has no such operation";
        DiskError::of(self.shown(path), operation, Trouble::Other, what)
    }

    /// Runs a request on the disk's own threads; the caller may itself be inside of another runtime, where
    /// waiting for a runtime is forbidden.
    pub(super) fn begin<T: Send + 'static>(
        &self,
        request: impl Future<Output = T> + Send + 'static,
    ) -> mpsc::Receiver<T> {
        let (done, waiting) = mpsc::sync_channel(1);
        if let Some(runtime) = &self.runtime {
            runtime.spawn(async move {
                // Nobody waits any more when it fails.
                let _ = done.send(request.await);
            });
        }
        waiting
    }

    /// Waits for a request, and says whose it was when it fails.
    pub(super) fn wait<T>(
        &self,
        path: &str,
        operation: Operation,
        waiting: &mpsc::Receiver<Result<T, Error>>,
    ) -> Result<T, DiskError> {
        match waiting.recv() {
            Ok(done) => done.map_err(|error| self.error(path, operation, error)),
            Err(_) => {
                let stopped = io::Error::other("the request was given up");
                Err(DiskError::new(self.shown(path), operation, stopped))
            }
        }
    }

    fn run<T: Send + 'static>(
        &self,
        path: &str,
        operation: Operation,
        request: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, DiskError> {
        self.wait(path, operation, &self.begin(request))
    }

    pub(super) fn error(&self, path: &str, operation: Operation, error: Error) -> DiskError {
        let trouble = match &error {
            Error::NotFound { .. } => Trouble::Missing,
            Error::AlreadyExists { .. } => Trouble::Exists,
            Error::Precondition { .. } | Error::NotModified { .. } => Trouble::Changed,
            Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => Trouble::Denied,
            Error::Generic { .. } | Error::JoinError { .. } => Trouble::Unreachable,
            _ => Trouble::Other,
        };
        DiskError::of(self.shown(path), operation, trouble, chain(&error))
    }

    pub(super) fn location(&self, path: &str, operation: Operation) -> Result<Path, DiskError> {
        let full = match (self.prefix.as_str(), path) {
            ("", path) => path.to_owned(),
            (prefix, "") => prefix.to_owned(),
            (prefix, path) => format!("{prefix}/{path}"),
        };
        let wrong = |error: object_store::path::Error| {
            DiskError::of(self.shown(path), operation, Trouble::Other, error)
        };
        Path::parse(full).map_err(wrong)
    }

    /// Length of an object.
    pub(super) fn head(&self, path: &str) -> Result<u64, DiskError> {
        let (store, at) = (Arc::clone(&self.store), self.location(path, Operation::Read)?);
        self.run(path, Operation::Read, async move { Ok(store.head(&at).await?.size) })
    }

    /// An object with its tag.
    pub(super) fn get(&self, path: &str) -> Result<(Bytes, Option<String>), DiskError> {
        let (store, at) = (Arc::clone(&self.store), self.location(path, Operation::Read)?);
        self.run(path, Operation::Read, async move {
            let found = store.get(&at).await?;
            let tag = found.meta.e_tag.clone();
            Ok((found.bytes().await?, tag))
        })
    }

    /// What of a range is there; an error when it begins behind the end.
    pub(super) fn get_range(&self, path: &str, range: Range<u64>) -> Result<Bytes, DiskError> {
        let (store, at) = (Arc::clone(&self.store), self.location(path, Operation::Read)?);
        let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
        self.run(
            path,
            Operation::Read,
            async move { store.get_opts(&at, options).await?.bytes().await },
        )
    }

    pub(super) fn put(&self, path: &str, bytes: Bytes, when: When) -> Result<(), DiskError> {
        let (store, at) = (Arc::clone(&self.store), self.location(path, Operation::Append)?);
        let mode = match when {
            When::Always => PutMode::Overwrite,
            When::New => PutMode::Create,
            When::Tagged(tag) => PutMode::Update(UpdateVersion { e_tag: Some(tag), version: None }),
        };
        let options = PutOptions { mode, ..PutOptions::default() };
        self.run(path, Operation::Append, async move {
            store.put_opts(&at, bytes.into(), options).await.map(drop)
        })
    }

    pub(super) fn delete(&self, path: &str) -> Result<(), DiskError> {
        let (store, at) = (Arc::clone(&self.store), self.location(path, Operation::Remove)?);
        self.run(path, Operation::Remove, async move { store.delete(&at).await })
    }

    pub(super) fn copy(&self, from: &str, to: &str) -> Result<(), DiskError> {
        let store = Arc::clone(&self.store);
        let source = self.location(from, Operation::Rename)?;
        let target = self.location(to, Operation::Rename)?;
        self.run(to, Operation::Rename, async move { store.copy(&source, &target).await })
    }

    pub(super) fn list(&self, folder: &str) -> Result<Vec<Entry>, DiskError> {
        let (store, at) = (Arc::clone(&self.store), self.location(folder, Operation::List)?);
        let here = at.clone();
        let listed = self.run(folder, Operation::List, async move {
            store.list_with_delimiter((!at.as_ref().is_empty()).then_some(&at)).await
        })?;
        // Some stores keep an empty object where others would have a folder.
        let objects = listed.objects.iter().filter(|object| object.location != here);
        let folder =
            |path: &Path| Some(Entry { name: last(path)?, is_folder: true, size_bytes: 0 });
        let mut found: Vec<Entry> = listed.common_prefixes.iter().filter_map(folder).collect();
        found.extend(objects.filter_map(|object| {
            Some(Entry { name: last(&object.location)?, is_folder: false, size_bytes: object.size })
        }));
        found.sort();
        Ok(found)
    }
}

fn last(path: &Path) -> Option<String> {
    path.as_ref().rsplit('/').next().filter(|name| !name.is_empty()).map(str::to_owned)
}

/// An error with its causes, each said once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let more = cause.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = cause.source();
    }
    text
}
