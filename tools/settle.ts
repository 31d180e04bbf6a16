import type { Platform } from './platform.ts'

/** As quick as this, a source that is activated next shows its nexset within the time that its activation waits. */
const quickMs = 1_500
const patienceMs = 150_000

/**
 * Waits until the machine has time. Whoever activates a source may list its nexset right after, because the activation waits up to five seconds for the
 * first records; where other programs leave no processor, nothing is that quick. A source that asks this server for its own health is a rehearsal: it is
 * activated and removed again and again until that takes no time. What is tested afterwards must still keep the promise.
 */
export async function settle({ url, serviceKey }: Pick<Platform, 'url' | 'serviceKey'>): Promise<void> {
  const { access_token: token } = await call<{ access_token: string }>(`${url}/token`, 'POST', `Basic ${serviceKey}`)
  const api = <T>(method: string, path: string, body?: object) =>
    call<T>(`${url}${path}`, method, `Bearer ${token}`, body)
  const request = { url: `${new URL(url).origin}/health/live` }
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline;) {
    const { id } = await api<{ id: number }>('POST', '/data_sources', {
      name: 'Rehearsal',
      source_type: 'rest',
      template_config: { request },
    })
    const begun = Date.now()
    await api('PUT', `/data_sources/${id}/activate`)
    const took = Date.now() - begun
    const { data_sets: nexsets } = await api<{ data_sets: readonly unknown[] }>('GET', `/data_sources/${id}`)
    await api('PUT', `/data_sources/${id}/pause`)
    await api('DELETE', `/data_sources/${id}/flow`)
    if (nexsets.length > 0 && took < quickMs) return
  }
}

async function call<T>(url: string, method: string, authorization: string, body?: object): Promise<T> {
  const response = await fetch(url, {
    method,
    headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`)
  return (text === '' ? {} : JSON.parse(text)) as T
}
