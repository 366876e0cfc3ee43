/** What is marked on the time axis of every panel. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { AnnotationQueryBuilder, type AnnotationQuery } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';

import { policyChanges } from '../promql/guard-queries';
import { findings } from '../promql/monitor-queries';
import { nonZero } from '../promql/call-queries';
import { CHOSEN, PROMETHEUS } from './variables';

const STEP = '1m';

export const annotations = (): Builder<AnnotationQuery>[] => [
  // What a person notes down in Grafana itself; every dashboard has it, and it wants it first.
  new AnnotationQueryBuilder()
    .builtIn(1)
    .name('Annotations & Alerts')
    .datasource({ type: 'grafana', uid: '-- Grafana --' })
    .enable(true)
    .hide(true)
    .iconColor('rgba(0, 211, 255, 1)')
    .type('dashboard'),
  new AnnotationQueryBuilder()
    .name('Policy changes')
    .datasource(PROMETHEUS)
    .enable(true)
    .iconColor('purple')
    .titleFormat('Policy {{policy}} in force ({{mode}})')
    .textFormat('{{job}}: digest {{digest}}')
    .tagKeys('job,mode')
    .step(STEP)
    .target(
      new DataqueryBuilder()
        .refId('Anno')
        .datasource(PROMETHEUS)
        .expr(policyChanges({ window: STEP, scope: CHOSEN }))
        .interval(STEP)
        .range(),
    ),
  new AnnotationQueryBuilder()
    .name('Findings')
    .datasource(PROMETHEUS)
    .enable(true)
    .iconColor('dark-red')
    .titleFormat('Finding: {{rule}} ({{severity}})')
    .textFormat('{{job}}')
    .tagKeys('job,severity')
    .step(STEP)
    .target(
      new DataqueryBuilder()
        .refId('Anno')
        .datasource(PROMETHEUS)
        .expr(nonZero(findings(['job', 'rule', 'severity'], { window: STEP, scope: CHOSEN })))
        .interval(STEP)
        .range(),
    ),
];
