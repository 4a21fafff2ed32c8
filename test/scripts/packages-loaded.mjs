/** Preloaded into a process: tells on stderr of every package that it loads. */
import { registerHooks } from 'node:module'

registerHooks({
  load(url, context, next) {
    if (url.includes('/node_modules/')) process.stderr.write(`loaded ${url}\n`)
    return next(url, context)
  },
})
