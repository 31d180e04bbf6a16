import { z } from 'zod'

/* Fields of config schemas. Each has a title and a description, from which forms, JSON Schema and docs are made. */

/** Adds title and description to any field type. */
export function describe<T extends z.ZodType>(field: T, title: string, description: string): T {
  return field.meta({ title, description })
}

/** A text that is not empty. */
export function text(title: string, description: string): z.ZodString {
  return describe(z.string().min(1), title, description)
}

/** A text that never leaves the server: not in answers, errors or logs. */
export function secretText(title: string, description: string): z.ZodString {
  return z.string().min(1).meta({ title, description, secret: true })
}

/** A whole number, 0 or more. */
export function whole(title: string, description: string): z.ZodInt {
  return describe(z.int().min(0), title, description)
}

/** A key of the public API on which this version does not act: a config that gives it is told why (`config_warnings`). */
export function unused<T extends z.ZodType>(field: T, reason: string): T {
  return field.meta({ ...field.meta(), unused: reason })
}

/** The same for a group of keys. */
export function allUnused<T extends Readonly<Record<string, z.ZodType>>>(fields: T, reason: string): T {
  return Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, unused(field, reason)])) as unknown as T
}

/** A switch of the public API that would change the records, and that this version cannot turn on: `true` is refused, because ignoring it would deliver other data. */
export function offSwitch(title: string, description: string, refusal: string): z.ZodBoolean {
  return describe(
    z.boolean().refine((on) => !on, refusal),
    title,
    description,
  )
}

export function flag(title: string, description: string): z.ZodBoolean {
  return describe(z.boolean(), title, description)
}

/** A list of texts. */
export function list(title: string, description: string): z.ZodArray<z.ZodString> {
  return describe(z.array(z.string()), title, description)
}
