/**
 * `npm run simulate:picture`: `docs/fleet-day.svg`, a day of a fleet: the life that credentials have left, and who asked AWS.
 * Not in TypeScript: the types of Vega do not pass a check of libraries.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, View } from 'vega'
import { compile } from 'vega-lite'
import { scenarios } from './scenarios.ts'
import { simulate, START } from './simulate.ts'

const SIZE = 200
const HOUR_MS = 3_600_000
const scenario = scenarios['no schedule for 6 h, `latest` 30 min behind']
if (!scenario) throw new Error('the scenario is gone')
const { history } = await simulate(SIZE, 1, { ...scenario, isRecorded: true })

const hours = (at) => (at - START) / HOUR_MS
const outage = { from: 8, to: 14 }
const ticks = { values: [0, 4, 8, 12, 16, 20, 24], grid: false, title: 'hour of the day' }
const x = {
  field: 'hour',
  type: 'quantitative',
  scale: { domain: [0, 24] },
  axis: ticks,
}
const who = { domain: ['the schedule', 'one instance, for all'], range: ['#4c78a8', '#e45756'] }

const minutes = (ms) => ms / 60_000
const life = history.life.map(({ at, low, middle, high }) => ({
  hour: hours(at),
  low: minutes(low),
  middle: minutes(middle),
  high: minutes(high),
}))

const spec = {
  $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
  background: 'white',
  config: { font: 'sans-serif', view: { stroke: null } },
  title: {
    text: 'A day of credentials: no schedule from 8 to 14 h',
    subtitle: [
      `${SIZE} instances with a request a minute each, all of which may publish; "latest" lags 30 minutes behind.`,
      'The line is the life left of the middle instance, the band that of nine in ten.',
    ],
    anchor: 'start',
  },
  vconcat: [
    {
      width: 860,
      height: 220,
      layer: [
        {
          data: { values: [outage] },
          mark: { type: 'rect', color: '#f3e9dc' },
          encoding: {
            x: { field: 'from', type: 'quantitative', scale: { domain: [0, 24] }, axis: ticks },
            x2: { field: 'to' },
          },
        },
        {
          data: { values: life },
          mark: { type: 'area', opacity: 0.3, color: '#4c78a8' },
          encoding: {
            x,
            y: {
              field: 'low',
              type: 'quantitative',
              title: 'life left, in minutes',
              scale: { domain: [0, 60] },
            },
            y2: { field: 'high' },
          },
        },
        {
          data: { values: life },
          mark: { type: 'line', strokeWidth: 1.2, color: '#4c78a8' },
          encoding: { x, y: { field: 'middle', type: 'quantitative' } },
        },
        {
          data: {
            values: history.exchanges.map(({ at, by }) => ({
              hour: hours(at),
              by: by === 'writer' ? who.domain[0] : who.domain[1],
            })),
          },
          mark: { type: 'tick', thickness: 2, size: 14, yOffset: -6 },
          encoding: {
            x,
            y: { value: 220 },
            color: {
              field: 'by',
              type: 'nominal',
              scale: who,
              title: 'exchanges with AWS',
              legend: { orient: 'bottom', labelLimit: 400 },
            },
          },
        },
      ],
    },
    {
      width: 860,
      height: 110,
      data: { values: history.accesses.map(({ at, count }) => ({ hour: hours(at), count: count / SIZE })) },
      mark: { type: 'bar', color: '#72b7b2', width: 2 },
      encoding: {
        x,
        y: {
          field: 'count',
          type: 'quantitative',
          title: ['reads of the secret,', 'an instance and 10 min'],
        },
      },
    },
  ],
}

const view = new View(parse(compile(spec).spec), { renderer: 'none' })
writeFileSync(join(import.meta.dirname, '../../docs/fleet-day.svg'), `${await view.toSVG()}\n`)
view.finalize()
