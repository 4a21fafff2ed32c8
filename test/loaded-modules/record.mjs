/** Preloaded into a process, prints the URL of every module that it loads, one a line, on file descriptor 3. */
import { writeSync } from 'node:fs'
import { registerHooks } from 'node:module'

registerHooks({
  load(url, context, nextLoad) {
    writeSync(3, `${url}\n`)
    return nextLoad(url, context)
  },
})
