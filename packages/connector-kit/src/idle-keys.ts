import type { z } from 'zod'
import type { ConfigWarning } from './config-issues.ts'

/** Keys that have no effect in this config, and why: because of what other keys say. */
export type IdleKeys = (
  config: Readonly<Record<string, unknown>>,
) => readonly { readonly key: string; readonly reason: string }[]

const tellers = new WeakMap<z.ZodType, IdleKeys>()

/**
 * The same schema, whose configs are told (`config_warnings`) of keys that mean nothing beside the others. Wrap the finished schema: every method of zod
 * makes another one.
 */
export function withIdleKeys<T extends z.ZodType>(schema: T, idle: IdleKeys): T {
  tellers.set(schema, idle)
  return schema
}

/** `config` as it was given, without defaults. */
export function idleKeys(schema: z.ZodType, config: Readonly<Record<string, unknown>>): readonly ConfigWarning[] {
  return (tellers.get(schema)?.(config) ?? []).map((one) => ({ ...one, nearest: null }))
}
