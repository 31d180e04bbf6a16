import { z } from 'zod'

/** Small positive integer, in a path or query also as text. */
export const id = z.coerce.number<number | string>().int().positive()

/** An integer in a query, also as text. */
export const integer = z.coerce.number<number | string>().int()

const yes = ['1', 'true', 'True', 'TRUE'] as const
const no = ['0', 'false', 'False', 'FALSE'] as const

/** A boolean in a query: the Python client sends `True` and `False` for some and `1` for others. */
export const flag = z.union([
  z.boolean(),
  z.enum([...yes, ...no]).transform((text) => (yes as readonly string[]).includes(text)),
])

/** A time in an answer: ISO 8601 with offset. */
export const timestamp = z.iso.datetime({ offset: true })

/** A UTC day, `2026-11-30`; the Python client also hands over full ISO times. */
export const day = z.string().regex(/^\d{4}-\d{2}-\d{2}/, 'Give a UTC day such as 2026-11-30.')

/** Free-form JSON object. */
export const jsonObject = z.record(z.string(), z.unknown())

export const resourceTypes = ['data_sources', 'data_sets', 'data_sinks'] as const
export const resourceType = z.enum(resourceTypes)

export const idParams = z.object({ id })
export const typedParams = z.object({ resource_type: resourceType, id })

/** Bytes, records, milliseconds: never negative. */
export const count = z.int().nonnegative()
