import type { Answers } from '@leat/connector-kit'
import { BodyProblem, jsonRecords, type BodyRecords } from '../hooks/body-records.ts'
import { xmlRecords } from '../hooks/xml-records.ts'
import type { InboxLog } from './inbox-log.ts'

/** Puts what a destination was answered where records that are posted to a source wait. */
export function answersFor(inbox: () => InboxLog, sourceId: number): Answers {
  return {
    async keep(body, contentType) {
      if (body.length === 0) return
      const { records, lines } = recordsOf(Buffer.from(body), contentType)
      if (records === 0) return
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      inbox().append(sourceId, 0, records, lines, (failure) => (failure === null ? resolve() : reject(failure)))
      await promise
    },
  }
}

/** As a webhook reads a body; an answer that is no record becomes one with its text. */
function recordsOf(body: Buffer, contentType: string): BodyRecords {
  const text = body.toString('utf8')
  try {
    return /^(application|text)\/([\w.+-]+\+)?xml\b/i.test(contentType) ? xmlRecords(body) : jsonRecords(body)
  } catch (thrown) {
    if (!(thrown instanceof BodyProblem)) throw thrown
    return { records: 1, lines: Buffer.from(JSON.stringify({ answer: text })) }
  }
}
