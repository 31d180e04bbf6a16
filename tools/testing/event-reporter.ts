import type { EventData } from 'node:test'

/** What a test file tells of itself, one line of JSON each. */
export type TestReport =
  | { readonly kind: 'started'; readonly name: string }
  | { readonly kind: 'passed'; readonly name: string; readonly isSuite: boolean; readonly skip: string | null }
  | {
      readonly kind: 'failed'
      readonly name: string
      /** True when it failed only because of what stands in it. */
      readonly byParts: boolean
      readonly detail: string
    }

type Event =
  | { readonly type: 'test:dequeue'; readonly data: EventData.TestDequeue }
  | { readonly type: 'test:pass'; readonly data: EventData.TestPass }
  | { readonly type: 'test:fail'; readonly data: EventData.TestFail }

/** A reporter of node:test (`--test-reporter`). It writes as it goes, so that a file that is killed has told how far it came. */
export default async function* reportEvents(source: AsyncIterable<Event>): AsyncGenerator<string> {
  for await (const event of source) {
    const report = reportOf(event)
    if (report !== null) yield JSON.stringify(report) + '\n'
  }
}

function reportOf({ type, data }: Event): TestReport | null {
  if (type === 'test:dequeue') return { kind: 'started', name: data.name }
  if (type === 'test:pass') {
    const reason = data.skip ?? data.todo
    const skip = reason === undefined || reason === false ? null : String(reason)
    return { kind: 'passed', name: data.name, isSuite: data.details.type === 'suite', skip }
  }
  if (type !== 'test:fail') return null
  const { error } = data.details
  const byParts = 'failureType' in error && error.failureType === 'subtestsFailed'
  const detail =
    error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : String(error.cause ?? error.message)
  return { kind: 'failed', name: data.name, byParts, detail }
}
