import type { ConnectorSpec } from '../src/index.ts'
import type { Subject } from './subject.ts'

/** A promise that every connector with the capability keeps. Numbers are stable: results and skips refer to them. */
export interface Law {
  readonly number: number
  readonly title: string
  readonly part: 'connection' | 'source' | 'sink'
  /** Decided by what the connector declares, never by its name. */
  applies(spec: ConnectorSpec): boolean
  /**
   * Throws when the law is broken. Gets fresh conditions. Answers with a reason when the connector turns out to lack the optional
   * ability that the law is about (it has no `plan`, its parts are rows): then nothing was tried, and the report says so.
   */
  run(subject: Subject): Promise<string | void>
}

export const hasSource = (spec: ConnectorSpec): boolean => spec.source !== undefined
export const hasSink = (spec: ConnectorSpec): boolean => spec.sink !== undefined
/** Of destinations that stage: those that send at once have nothing to show or to sweep before a commit, and keep law 24 instead. */
export const stages = (spec: ConnectorSpec): boolean =>
  spec.sink !== undefined && spec.sink.delivery !== 'at_least_once'
