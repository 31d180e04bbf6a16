/** What started a run. */
export const runTriggers = ['activate', 'schedule', 'manual', 'retry', 'upload', 'push'] as const
export type RunTrigger = (typeof runTriggers)[number]

/**
 * What the API asks of whoever runs things. The status of the rows (`ACTIVE`, `PAUSED`) is committed before a call;
 * every call may be repeated.
 */
export interface RunControl {
  /**
   * Queues a run of a source and returns its id (`run.id`). When one is queued or running, returns that one: a source has one run at a time.
   * Waits for nothing else.
   */
  startRun(sourceId: number, trigger: RunTrigger): Promise<number>
  /**
   * Resolves when the source has a nexset with a schema, or when its newest run has ended or failed, or after `timeoutMs`. Never rejects
   * because of the run: its failure is in `data_source.problem`.
   */
  awaitDetection(sourceId: number, timeoutMs: number): Promise<void>
  /** The source was activated or its config changed: takes over its `start.cron`. */
  sourceChanged(sourceId: number): Promise<void>
  /** Stops schedules and retries of a source; a run under way stops at its next commit, resumable. */
  pauseSource(sourceId: number): Promise<void>
  /** A child nexset or a sink was created, changed or activated: it follows from its cursor. */
  wakeFollower(kind: 'data_set' | 'data_sink', id: number): Promise<void>
  /** Ends a run at its next commit as STOPPED. An unknown or ended run is not an error. */
  cancelRun(runId: number): Promise<void>
}
