use std::{
    any::Any,
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread::Scope,
};

use sancha_detect::{BatchResult, Engine, Round, ShardGroup};
use sancha_model::Batch;
use sancha_normalize::Formats;

use super::workers::{Job, Worker};

/// Something to do, for any thread.
enum Task {
    Evaluate(Box<Job>, Box<BatchResult>),
    /// Rounds for a group of shards, in order.
    Correlate(usize, ShardGroup, Vec<Round>),
}

/// A task that is done.
pub(super) enum Done {
    Batch(Box<Batch>, Box<BatchResult>),
    Group(usize, ShardGroup),
}

/// Those who do the tasks: threads of their own, or the caller itself when it is to be alone.
pub(super) struct Crew<'a> {
    hands: Hands<'a>,
    /// Tasks given and not yet handed back.
    open: usize,
}

enum Hands<'a> {
    Alone { worker: Box<Worker<'a>>, tasks: VecDeque<Task> },
    Threads { tasks: Sender<Task>, done: Receiver<Answer> },
}

/// What a thread hands back: a panic goes on in whoever waits for the task, who would wait for ever.
type Answer = Result<Done, Box<dyn Any + Send>>;

impl<'env> Crew<'env> {
    /// Starts `threads` threads, which end when the crew is dropped; none for one thread.
    pub(super) fn start<'scope>(
        scope: &'scope Scope<'scope, 'env>,
        engine: &'env Engine,
        formats: &'env Formats,
        threads: usize,
    ) -> Self {
        if threads <= 1 {
            let worker = Box::new(Worker::new(engine, formats));
            return Self { hands: Hands::Alone { worker, tasks: VecDeque::new() }, open: 0 };
        }
        let (tasks, queue) = channel::<Task>();
        let (hand_back, done) = channel();
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..threads {
            let (queue, hand_back) = (Arc::clone(&queue), hand_back.clone());
            scope.spawn(move || {
                let mut worker = Worker::new(engine, formats);
                while let Some(task) = next(&queue) {
                    let done = catch_unwind(AssertUnwindSafe(|| perform(&mut worker, task)));
                    // A worker that was left in the middle of a task does no other.
                    let is_last = done.is_err();
                    if hand_back.send(done).is_err() || is_last {
                        return;
                    }
                }
            });
        }
        Self { hands: Hands::Threads { tasks, done }, open: 0 }
    }

    pub(super) fn evaluate(&mut self, job: Job, result: Box<BatchResult>) {
        self.give(Task::Evaluate(Box::new(job), result));
    }

    pub(super) fn correlate(&mut self, place: usize, group: ShardGroup, rounds: Vec<Round>) {
        self.give(Task::Correlate(place, group, rounds));
    }

    fn give(&mut self, task: Task) {
        self.open += 1;
        match &mut self.hands {
            Hands::Alone { tasks, .. } => tasks.push_back(task),
            Hands::Threads { tasks, .. } => {
                tasks.send(task).expect("threads live as long as the crew");
            }
        }
    }

    /// The next task that is done; nothing when none is open.
    pub(super) fn next(&mut self) -> Option<Done> {
        self.open = self.open.checked_sub(1)?;
        match &mut self.hands {
            Hands::Alone { worker, tasks } => Some(perform(worker, tasks.pop_front()?)),
            Hands::Threads { done, .. } => {
                let answer = done.recv().expect("a task was given and its thread answers");
                Some(answer.unwrap_or_else(|panic| resume_unwind(panic)))
            }
        }
    }
}

fn perform(worker: &mut Worker<'_>, task: Task) -> Done {
    match task {
        Task::Evaluate(job, result) => {
            let (batch, result) = worker.work(*job, result);
            Done::Batch(batch, result)
        }
        Task::Correlate(place, mut group, rounds) => {
            group.accept(&rounds);
            Done::Group(place, group)
        }
    }
}

fn next(queue: &Mutex<Receiver<Task>>) -> Option<Task> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

#[cfg(test)]
mod tests {
    use std::thread::scope;

    use jiff::tz::TimeZone;
    use sancha_detect::{EngineOptions, ReportAll, sigma::Rules};
    use sancha_model::{EventTime, Fields, FormatId, RowWriter};
    use sancha_normalize::{FileContext, Fit, Format, Head, Scratch};

    use super::*;
    use crate::pipeline::ChunkKind;

    struct Failing;

    impl Format for Failing {
        fn name(&self) -> &str {
            "test/failing"
        }

        fn probe(&self, _: &Head<'_>) -> Fit {
            Fit::Certain
        }

        fn parse(&self, _: &mut RowWriter<'_>, _: &FileContext, _: &mut Scratch) {
            panic!("a format fails");
        }
    }

    #[test]
    fn a_panic_of_a_thread_goes_on_in_the_caller() {
        let fields = Arc::new(Fields::new([]));
        let rules = Rules::parse(&[]).0;
        let engine = Engine::new(&rules, &fields, EngineOptions::default(), Arc::new(ReportAll));
        let formats = Formats::new(vec![Box::new(Failing)]);
        let at = EventTime::from_nanos(0);
        let context = Arc::new(FileContext::new(TimeZone::UTC, at, Arc::clone(&fields)));
        let fate = catch_unwind(AssertUnwindSafe(|| {
            scope(|scope| {
                let mut crew = Crew::start(scope, &engine, &formats, 2);
                let mut batch = Box::<Batch>::default();
                batch.raw.extend_from_slice(b"a line\\n");
                let (format, context) = (FormatId(0), Arc::clone(&context));
                let job = Job { batch, format, context, kind: ChunkKind::Records };
                crew.evaluate(job, Box::default());
                crew.next().is_some()
            })
        }));
        let panic = fate.expect_err("the panic is not swallowed");
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"a format fails"));
    }
}
