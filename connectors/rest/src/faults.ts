import { faultTable } from '@leat/connector-kit'

/** What can go wrong beyond HTTP and the network, whose faults come from the kit. */
export const restFault = faultTable('rest', {
  no_request: {
    kind: 'config',
    message:
      'The source has nothing to ask: give "template_config" with a request, or "rest.iterations" with at least one step.',
  },
  both_forms: {
    kind: 'config',
    message: 'The source has both "template_config" and "rest.iterations". Keep one of them.',
  },
  value_missing: {
    kind: 'config',
    message: '{place} uses "{placeholder}", which has no value: {why}',
  },
  option_missing: {
    kind: 'config',
    message: 'Step "{step}" of type {type} needs "{key}": {why}.',
  },
  step_repeated: { kind: 'config', message: 'Two steps have the key "{step}". Each needs its own.' },
  url_invalid: { kind: 'config', message: '{place} is no http or https URL after its placeholders were filled in.' },
  path_invalid: { kind: 'config', message: '"{path}" is no {language}: {why}.' },
  auth_incomplete: { kind: 'config', message: 'Authentication {type} needs "{key}" in the credential.' },
  auth_conflict: { kind: 'config', message: '{why}' },
  token_missing: {
    kind: 'auth',
    message: 'The answer of {url} holds no token at {path}. Check the path and what the login answers.',
  },
  consent_needed: {
    kind: 'auth',
    message:
      'Nobody has allowed this application to act for them yet. Open the authorization page of the credential (GET /data_credentials/{id}/authorize) and agree.',
  },
  consent_refused: { kind: 'auth', message: '{why}' },
  body_not_json: {
    kind: 'data',
    message: 'The answer to {request} is not JSON (content type {type}): {why}',
  },
  body_not_xml: { kind: 'data', message: 'The answer to {request} is not XML (content type {type}): {why}' },
  page_repeated: {
    kind: 'data',
    message:
      '{request} gave the same {records} records as the page before, although the service says that there are more. Check the parameter that carries the cursor ("{param}").',
  },
  cursor_stuck: {
    kind: 'data',
    message:
      '{request} answered with the cursor that it was asked with. Check the field of the next cursor and the parameter that carries it.',
  },
  not_a_stream: {
    kind: 'config',
    message:
      'The answer of {request} is {type}, not a stream. Streams are text/event-stream or NDJSON (set "response.format" to "ndjson" where the service says something else); for anything else set "ingest_method" to POLL.',
  },
  stream_steps: {
    kind: 'config',
    message:
      'A source with "ingest_method" STREAMING or REAL_TIME reads the events of one request: leave out pagination, further steps and the path of the records, or set "ingest_method" to POLL.',
  },
  stream_cursor: {
    kind: 'config',
    message:
      '"stream_cursor_path" and "stream_cursor_param" go together: where a record holds its place, and the parameter that carries it.',
  },
  event_too_large: {
    kind: 'data',
    message:
      'An event of {bytes} bytes is larger than "stream_max_event_bytes" ({limit}). Only its beginning was kept; raise the limit for events to come.',
  },
  loop: {
    kind: 'data',
    message: '{request} leads back to a page that was read before (page {page}): the pages of this service do not end.',
  },
  too_many_pages: { kind: 'data', message: 'The chain of pages is longer than "max_pages" ({limit}).' },
  lookup_unsupported: {
    kind: 'unsupported',
    message:
      'Step "{step}": "map.id" is {id}, and lookups cannot be read here. Put the rows into "map_rows": [{"column": "value"}, …].',
  },
  lookup_refused: { kind: 'config', message: 'Step "{step}": "map.id" is {id}. {why}' },
  job_failed: {
    kind: 'data',
    message: 'The job at {request} has the status "{status}", which is not what "{wanted}" waits for.',
  },
} as const)
