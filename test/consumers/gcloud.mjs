#!/usr/bin/env node
/** Stands in for `gcloud secrets versions access latest --secret=NAME --project=P`, and asks the emulator's REST API. */
const [access, { secret, project }] = parsed(process.argv.slice(2))
if (access !== 'secrets versions access latest') throw new Error(`not what this stands in for: ${access}`)
const { GCE_METADATA_HOST, SECRET_MANAGER_EMULATOR_HOST } = process.env
const accounts = `http://${GCE_METADATA_HOST}/computeMetadata/v1/instance/service-accounts`
const { access_token } = await json(`${accounts}/default/token`, { 'metadata-flavor': 'Google' })
const { payload } = await json(
  `http://${SECRET_MANAGER_EMULATOR_HOST}/v1/projects/${project}/secrets/${secret}/versions/latest:access`,
  { authorization: `Bearer ${access_token}` },
)
// As it is stored, and not a byte more.
process.stdout.write(Buffer.from(payload.data, 'base64'))

function parsed(words) {
  const flags = words.filter((word) => word.startsWith('--')).map((word) => word.slice(2).split('='))
  return [words.filter((word) => !word.startsWith('--')).join(' '), Object.fromEntries(flags)]
}

async function json(url, headers) {
  const response = await fetch(url, { headers })
  if (!response.ok) throw new Error(`${url}: ${response.status}`)
  return response.json()
}
