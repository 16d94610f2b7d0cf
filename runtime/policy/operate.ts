/** Runs O′ of an asynchronous target under its policies. Order: bulkhead, total time limit, then for each attempt breaker and its own time limit. */
import { OperateError } from '../errors.ts';
import { emitOf, recordError } from '../execution.ts';
import type { Execution } from '../execution.ts';
import type { Scope } from '../state.ts';
import type { TargetHandle } from '../target.ts';
import { nextWaitMs, RetryBudget } from './backoff.ts';
import { Breaker, SLOTS, type BreakerState, type Report, type Ticket } from './breaker.ts';
import { Bulkhead } from './bulkhead.ts';
import { platformClock } from './clock.ts';
import { CoarseClock, Lane, type Batch, type Clock, type Deadline } from './deadlines.ts';
import { faultOf, type Fault } from './faults.ts';
import { markRepeated, openRepeated, wasRepeated, type Repeated } from './repeated.ts';
import { makeController, type Controller } from './signals.ts';
import type { PolicySpec } from './spec.ts';

/** The breaker lets no attempt through. */
const REFUSED = Symbol('refused');

/** What the policies of one target remember between calls. */
export interface PolicyState {
  readonly spec: PolicySpec;
  readonly clock: Clock;
  readonly breaker: Breaker | undefined;
  /** Good enough for the window of the breaker. */
  readonly coarse: CoarseClock | undefined;
  readonly bulkhead: Bulkhead | undefined;
  readonly budget: RetryBudget | undefined;
  readonly total: Lane | undefined;
  readonly attempt: Lane | undefined;
  readonly repeated: Repeated;
}

export function makePolicyState(spec: PolicySpec, clock: Clock): PolicyState {
  return {
    spec, clock,
    breaker: spec.breaker && new Breaker(spec.breaker),
    coarse: spec.breaker && new CoarseClock(spec.breaker.windowMs / SLOTS, clock),
    bulkhead: spec.bulkhead && new Bulkhead(spec.bulkhead),
    budget: spec.retries !== undefined && spec.retries > 0 && spec.repeat !== undefined ? new RetryBudget() : undefined,
    total: spec.timeoutMs === undefined ? undefined : new Lane(spec.timeoutMs, clock),
    attempt: spec.attemptMs === undefined ? undefined : new Lane(spec.attemptMs, clock),
    repeated: openRepeated(),
  };
}

/**
 * Runs `run`, again where the policies allow it.
 *
 * @param run O′ with its arguments bound; `signal` is given where the spec says that the function takes one
 * @returns what O′ resolves to; rejects with its error, or with an OperateError that names the policy
 * @throws what the first attempt throws synchronously
 */
export function operate<R>(t: TargetHandle, x: Execution | undefined, run: (signal?: unknown) => PromiseLike<R>): Promise<R> {
  const { policy: spec } = t.spec;
  if (spec === undefined) return Promise.resolve(run());
  const call = new Call(t, x, (t.policy ??= makePolicyState(spec, platformClock)), run);
  return call.start();
}

/** One is made for each call. Plain fields: initialising private names costs as much as all the rest. No look at the clock while all goes well. */
class Call<R> implements Deadline {
  // Of the total time limit.
  batch: Batch | undefined = undefined;
  before: Deadline | undefined = undefined;
  after: Deadline | undefined = undefined;
  lane: Lane | undefined = undefined;

  private readonly t: TargetHandle;
  private readonly x: Execution | undefined;
  private readonly p: PolicyState;
  private readonly run: (signal?: unknown) => PromiseLike<R>;
  private resolve: ((value: R) => void) | undefined = undefined;
  private reject: ((error: unknown) => void) | undefined = undefined;
  private attempts = 0;
  /** Number of the attempt that runs; 0 between attempts and at the end. */
  private running = 0;
  private ticket: Ticket = 0;
  /** Of the attempt, where somebody wants to know how long it took. */
  private startMs = 0;
  /** How many errors had been marked when the attempt began. */
  private since = 0;
  private limit: AttemptLimit | undefined = undefined;
  private controller: Controller | undefined = undefined;
  private scope: Scope | undefined = undefined;
  private waitMs = 0;
  /** Of the attempt before. */
  private lastError: unknown = undefined;
  private isSettled = false;
  private hasRoom = false;

  constructor(t: TargetHandle, x: Execution | undefined, p: PolicyState, run: (signal?: unknown) => PromiseLike<R>) {
    this.t = t;
    this.x = x;
    this.p = p;
    this.run = run;
  }

  start(): Promise<R> {
    const { bulkhead, budget } = this.p;
    budget?.deposit();
    if (bulkhead !== undefined && !bulkhead.tryEnter()) return this.queue(bulkhead);
    this.hasRoom = bulkhead !== undefined;
    this.p.total?.add(this); // before the function runs: what that calls began later, and its time is not up earlier
    let first: PromiseLike<R> | typeof REFUSED;
    try {
      first = this.begin();
    } catch (error) {
      // The function does not answer with a promise: its caller is used to that, and nothing is tried again.
      this.end();
      throw error;
    }
    // Nothing but this in the executor: so the engine makes the promise in place.
    const promise = new Promise<R>((resolve, reject) => { this.resolve = resolve; this.reject = reject; });
    if (first === REFUSED) this.fail(this.refusal());
    else this.listen(first);
    return promise;
  }

  private queue(bulkhead: Bulkhead): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
      const isWaiting = bulkhead.wait(() => {
        this.hasRoom = true;
        if (this.p.total === undefined || this.lane !== undefined) this.again(); // else its time ends as well, right now
      });
      if (!isWaiting) {
        const { concurrent, queue } = this.p.spec.bulkhead!;
        this.fail(this.policyError('bulkhead', `${concurrent} calls are running and ${queue} are waiting`));
        return;
      }
      this.p.total?.add(this);
    });
  }

  /** One attempt. @throws what the function throws synchronously */
  private begin(): PromiseLike<R> | typeof REFUSED {
    const { breaker, spec, clock, attempt: lane } = this.p;
    if (breaker !== undefined) {
      if (breaker.state !== 'closed' || spec.breaker!.slowMs !== undefined) this.startMs = clock.now();
      this.ticket = breaker.enter(this.startMs);
      if (this.ticket < 0) return REFUSED;
    }
    this.since = this.p.repeated.count;
    this.running = ++this.attempts;
    if (this.attempts > 1 && this.x !== undefined) this.x.attempts = this.attempts;
    if (lane !== undefined) lane.add((this.limit = new AttemptLimit(this, this.attempts)));
    if (spec.signal === true) this.controller = makeController();
    try {
      if (this.x?.scope === undefined) return this.run(this.controller?.signal);
      this.scope = this.x.scope.attempt(this.attempts);
      return this.scope.run(this.run, undefined, [this.controller?.signal]);
    } catch (error) {
      this.leaveAttempt(reportOf(faultOf(error)), true, error);
      throw error;
    }
  }

  private listen(promise: PromiseLike<R>): void {
    const attempt = this.running;
    // Whatever its type says, it may be no promise, or one of somebody's own making.
    Promise.resolve(promise).then((value) => {
      if (this.running !== attempt) return; // too late: its time was up
      this.leaveAttempt('success', false);
      this.end();
      this.resolve!(value);
    }, (error: unknown) => {
      if (this.running === attempt) this.failed(error, faultOf(error));
    });
  }

  private failed(error: unknown, fault: Fault): void {
    this.leaveAttempt(reportOf(fault), true, error);
    const { spec, clock, budget, breaker } = this.p;
    const allowed = fault === 'unconnected' ? spec.repeat !== undefined : fault === 'transient' && spec.repeat === 'transient';
    const canRepeat = fault !== 'other' && allowed && !wasRepeated(this.p.repeated, error, this.since) && this.attempts <= (spec.retries ?? 0) && (breaker === undefined || breaker.state === 'closed');
    if (canRepeat) this.waitMs = nextWaitMs(this.waitMs, clock.random());
    if (!canRepeat || this.isOverIn(this.waitMs) || budget === undefined || !budget.withdraw()) {
      this.fail(error);
      return;
    }
    this.lastError = error;
    recordRetry(this.t, this.x, { attempt: this.attempts, waitMs: this.waitMs, fault, error });
    clock.setTimer(() => { if (!this.isSettled) this.again(); }, this.waitMs, true);
  }

  /** Whether the time of the call is up by then: known once its lane has looked at the clock. */
  private isOverIn(ms: number): boolean {
    return this.lane !== undefined && this.batch!.atMs <= this.p.clock.now() + ms;
  }

  /** Not the first attempt, or one that had to wait: whoever called has its promise. */
  private again(): void {
    let promise: PromiseLike<R> | typeof REFUSED;
    try {
      promise = this.begin();
    } catch (error) {
      this.fail(error);
      return;
    }
    if (promise === REFUSED) this.fail(this.refusal());
    else this.listen(promise);
  }

  /** The time of an attempt is up. */
  expireAttempt(attempt: number): void {
    if (this.running !== attempt) return;
    const error = this.policyError('timeout', `no result within ${this.p.spec.attemptMs} ms of an attempt`);
    const { controller } = this;
    this.failed(error, 'transient');
    controller?.abort(error);
  }

  /** The time of the whole call is up. */
  expire(): void {
    const error = this.policyError('timeout', `no result within ${this.p.spec.timeoutMs} ms`);
    const { controller } = this;
    if (this.running > 0) this.leaveAttempt('failure', true, error);
    this.fail(error);
    controller?.abort(error);
  }

  private leaveAttempt(report: Report, isFailure: boolean, error?: unknown): void {
    this.running = 0;
    this.controller = undefined;
    if (this.scope !== undefined) {
      this.scope.end(isFailure, error);
      this.scope = undefined;
    }
    if (this.limit !== undefined) {
      this.limit.lane?.remove(this.limit);
      this.limit = undefined;
    }
    const { breaker, coarse, clock, spec } = this.p;
    if (breaker === undefined) return;
    // A success falls into a part of the window; whoever watches for slowness has to know exactly when it came.
    const isTimed = spec.breaker!.slowMs !== undefined;
    const nowMs = report === 'success' && !isTimed ? coarse!.now() : clock.now();
    const changed = breaker.leave(this.ticket, report, nowMs, isTimed ? nowMs - this.startMs : 0);
    if (changed !== undefined) recordBreaker(this.t, this.x, breaker, changed);
  }

  private fail(error: unknown): void {
    if (this.attempts > 1) markRepeated(this.p.repeated, error);
    this.end();
    this.reject!(error);
  }

  private end(): void {
    this.isSettled = true;
    if (this.lane !== undefined) this.lane.remove(this);
    if (this.hasRoom) this.p.bulkhead!.release();
  }

  private refusal(): OperateError {
    return this.policyError('breaker', 'the breaker is open: too many calls failed');
  }

  private policyError(policy: 'timeout' | 'breaker' | 'bulkhead', text: string): OperateError {
    const error = new OperateError(this.t.spec.name, text, operate, policy);
    if (this.lastError !== undefined) Object.defineProperty(error, 'cause', { value: this.lastError, writable: true, configurable: true });
    return error;
  }
}

class AttemptLimit implements Deadline {
  batch: Batch | undefined = undefined;
  before: Deadline | undefined = undefined;
  after: Deadline | undefined = undefined;
  lane: Lane | undefined = undefined;
  private readonly call: { expireAttempt(attempt: number): void };
  private readonly attempt: number;

  constructor(call: { expireAttempt(attempt: number): void }, attempt: number) {
    this.call = call;
    this.attempt = attempt;
  }

  expire(): void {
    this.call.expireAttempt(this.attempt);
  }
}

/** Business errors are answers: the other side is there. */
function reportOf(fault: Fault): Report {
  return fault === 'other' ? 'success' : 'failure';
}

function recordRetry(t: TargetHandle, x: Execution | undefined, retry: { readonly attempt: number; readonly waitMs: number; readonly fault: 'transient' | 'unconnected'; readonly error: unknown }): void {
  if (x !== undefined) emitOf(t, x, 'operate.retried', { attempt: retry.attempt, wait_ms: Math.round(retry.waitMs), fault: retry.fault, error: recordError(retry.error) });
}

function recordBreaker(t: TargetHandle, x: Execution | undefined, breaker: Breaker, state: BreakerState): void {
  if (x === undefined) return;
  const { calls, failures, slow } = breaker.seenAtChange;
  emitOf(t, x, state === 'open' ? 'breaker.opened' : 'breaker.closed', { calls, failures, slow });
}
