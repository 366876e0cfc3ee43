/** The shipped Alertmanager with its channels led to receivers here, and without its waiting times: nothing else differs. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  ALERTMANAGER_FOLDER,
  startAlertmanager,
  type Alertmanager,
} from '../../../../tools/stack/alertmanager';
import { startReceivers, type Receivers } from './receivers';

export interface Channels {
  readonly alertmanager: Alertmanager;
  readonly receivers: Receivers;
  stop(): Promise<void>;
}

export const SECRETS = {
  smtp_password: 'smtp-secret',
  pagerduty_routing_key: 'pagerduty-secret',
} as const;

export async function startChannels(): Promise<Channels> {
  const receivers = await startReceivers();
  const secrets = mkdtempSync(join(tmpdir(), 'secrets-'));
  const clean = async (): Promise<void> => {
    rmSync(secrets, { recursive: true, force: true });
    await receivers.stop();
  };
  try {
    const files = { ...SECRETS, slack_api_url: `${receivers.url}/slack` };
    for (const [name, text] of Object.entries(files)) {
      // A line end would become a part of the password, and of nothing else.
      writeFileSync(join(secrets, name), name === 'smtp_password' ? text : `${text}\n`);
    }
    const alertmanager = await startAlertmanager({
      files: { 'alertmanager.yaml': redirected(receivers, secrets) },
    });
    return {
      alertmanager,
      receivers,
      stop: async () => {
        await alertmanager.stop();
        await clean();
      },
    };
  } catch (error) {
    await clean();
    throw error;
  }
}

function redirected({ url, smtpPort }: Receivers, secrets: string): string {
  const changes = [
    ['smtp_smarthost: 127.0.0.1:587', `smtp_smarthost: 127.0.0.1:${smtpPort}`],
    ['smtp_require_tls: true', 'smtp_require_tls: false'],
    ['pagerduty_url: https://events.pagerduty.com/v2/enqueue', `pagerduty_url: ${url}/pagerduty`],
    ['url: http://127.0.0.1:9099/mcp-alerts', `url: ${url}/webhook`],
    ['_file: /etc/alertmanager/secrets/', `_file: ${secrets}/`],
    ['group_wait: 30s', 'group_wait: 1s'],
    ['group_interval: 5m', 'group_interval: 1s'],
  ] as const;
  let text = readFileSync(join(ALERTMANAGER_FOLDER, 'alertmanager.yaml'), 'utf8');
  for (const [from, to] of changes) {
    assert.ok(text.includes(from), `alertmanager.yaml does not say ${from}`);
    text = text.replaceAll(from, to);
  }
  return text;
}
