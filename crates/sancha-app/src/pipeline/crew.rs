use std::{
    collections::VecDeque,
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
    Threads { tasks: Sender<Task>, done: Receiver<Done> },
}

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
                    if hand_back.send(perform(&mut worker, task)).is_err() {
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
                Some(done.recv().expect("a task was given and its thread answers"))
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
