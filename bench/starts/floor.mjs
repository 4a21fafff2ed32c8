/** The least that reading a secret can take: two requests by hand on node:http, and nothing checked. */
// By an import, as everyone writes it, all is loaded that `node:http` exports; `lean` loads no more than it uses.
const { get } = process.argv[2] === 'lean' ? process.getBuiltinModule('node:http') : await import('node:http')

const metadata = `http://${process.env.GCE_METADATA_HOST}/computeMetadata/v1/instance/service-accounts/default/token`
const { access_token: token } = await json(metadata, { 'metadata-flavor': 'Google' })
const url = `http://${process.env.SECRET_MANAGER_EMULATOR_HOST}/v1/${process.env.KEYFERRY_SECRET}/versions/latest:access`
const { payload } = await json(url, { authorization: `Bearer ${token}` })
process.stdout.write(JSON.parse(Buffer.from(payload.data, 'base64').toString()).AccountId)

function json(address, headers) {
  return new Promise((resolve, reject) => {
    get(address, { headers }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => (body += chunk))
      response.on('end', () => resolve(JSON.parse(body)))
    }).on('error', reject)
  })
}
