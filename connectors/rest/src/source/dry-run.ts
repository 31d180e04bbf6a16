import type { DryRequest } from '@leat/connector-kit'
import { buildDraft, type Draft, type RequestTemplate } from '../draft.ts'
import type { Scope } from '../templates.ts'
import type { Plan, Step } from './plan.ts'

export interface DryRunSettings {
  readonly plan: Plan
  readonly base: Omit<Scope, 'steps' | 'dateFormat' | 'dateUnit'>
  /** Names of the headers that the credential adds to every request. */
  readonly credentialHeaders: readonly string[]
  /** `auth.type` */
  readonly authentication: string
  /** Adds what tells the service where reading goes on. */
  readonly goOn?: (draft: Draft) => Draft
}

const placeholder = /\$\{CREDENTIAL\.[^{}]+\}|\$?\{step[\w-]*(?:[.[][^{}]*)?\}/g

/**
 * The first request of each step. Values of the credential and of earlier answers are not filled in: their placeholders stay, so that no secret can be
 * in what is shown, and nothing has to be asked.
 */
export function dryRun(settings: DryRunSettings): readonly DryRequest[] {
  return settings.plan.steps.map((step) => requestOf(step, settings))
}

function requestOf(step: Step, { base, credentialHeaders, authentication, goOn }: DryRunSettings): DryRequest {
  const kept: string[] = []
  const keep = (text: string): string =>
    text.replaceAll(placeholder, (whole) => {
      kept.push(whole)
      return `leat-kept-${kept.length - 1}-`
    })
  const restore = (text: string): string =>
    text.replaceAll(/leat-kept-(\d+)-/g, (_, index: string) => kept[Number(index)] ?? '')
  const first = firstPage(step, withoutValues(step.request, keep), {
    ...base,
    steps: new Map(),
    dateFormat: step.dateFormat,
    dateUnit: step.dateUnit,
  })
  const draft = goOn?.(first) ?? first
  return {
    step: step.key,
    method: draft.method,
    url: restore(draft.url.href),
    headers: {
      ...Object.fromEntries(credentialHeaders.map((name) => [name.toLowerCase(), '•••'])),
      ...Object.fromEntries(Object.entries(draft.headers).map(([name, value]) => [name, restore(value)])),
    },
    body: draft.body === undefined ? null : restore(draft.body),
    authentication,
  }
}

/** What has to be read or asked for (the entries of a lookup, an id to begin after) is left out. */
function firstPage({ iteration }: Step, request: RequestTemplate, scope: Scope): Draft {
  const state = iteration.open === undefined ? iteration.first(scope) : null
  const inner = iteration.scope?.(scope, state) ?? scope
  const draft = buildDraft(request, inner)
  return state === null ? draft : iteration.request(draft, state, inner)
}

function withoutValues(request: RequestTemplate, keep: (text: string) => string): RequestTemplate {
  return {
    ...request,
    url: keep(request.url),
    query: request.query.map(([name, value]) => [name, keep(value)] as const),
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, keep(value)])),
    body: request.body === undefined ? undefined : keep(request.body),
  }
}
