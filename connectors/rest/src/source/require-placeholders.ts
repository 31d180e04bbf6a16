import { restFault } from '../faults.ts'
import type { Scope } from '../templates.ts'
import type { Plan } from './plan.ts'

/** Every `${CREDENTIAL.…}` of every step has a value, or the run would end in the middle. */
export function requirePlaceholders(plan: Plan, base: Pick<Scope, 'credential'>): void {
  for (const { request } of plan.steps) {
    const texts = [
      [`${request.place} url`, request.url],
      ...request.query.map(([name, value]) => [`${request.place} query parameter "${name}"`, value]),
      ...Object.entries(request.headers).map(([name, value]) => [`${request.place} header "${name}"`, value]),
      [`${request.place} body`, request.body ?? ''],
    ] as const
    for (const [place, text] of texts)
      for (const [placeholder, name] of (text ?? '').matchAll(/\$\{CREDENTIAL\.([^{}]+)\}/g))
        if (base.credential((name ?? '').trim()) === undefined) throw missing(place ?? '', placeholder, name ?? '')
  }
}

function missing(place: string, placeholder: string, name: string) {
  const why = `the source has no credential with a value named "${name}". Create one with "${name}" in it and set "data_credentials_id".`
  return restFault('value_missing', { place, placeholder, why }, { field: 'data_credentials_id' })
}
