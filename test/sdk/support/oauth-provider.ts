/** A client's side of OAuth, whatever SDK carries it: keeps everything in memory, and its user consents at once. */
const REDIRECT = 'http://127.0.0.1:1/callback';

export class UserProvider {
  redirectUrl: string | undefined = REDIRECT;
  /** Of the user's last consent. */
  code: string | undefined;
  redirects = 0;
  /** What the user was asked for last. */
  scope: string | null = null;
  saved: { access_token: string; refresh_token?: string } | undefined;
  private registered: unknown;
  private verifier = '';
  private discovered: unknown;
  private authorizationServer: unknown;

  get clientMetadata(): object {
    return {
      client_name: 'agent',
      redirect_uris: [REDIRECT],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    };
  }

  clientInformation(): unknown {
    return this.registered;
  }

  saveClientInformation(information: unknown): void {
    this.registered = information;
  }

  tokens(): unknown {
    return this.saved;
  }

  saveTokens(tokens: UserProvider['saved']): void {
    this.saved = tokens;
  }

  saveCodeVerifier(verifier: string): void {
    this.verifier = verifier;
  }

  codeVerifier(): string {
    return this.verifier;
  }

  saveDiscoveryState(state: unknown): void {
    this.discovered = state;
  }

  discoveryState(): unknown {
    return this.discovered;
  }

  /** What the AI SDK keeps in its place. */
  authorizationServerInformation(): unknown {
    return this.authorizationServer;
  }

  saveAuthorizationServerInformation(information: unknown): void {
    this.authorizationServer = information;
  }

  invalidateCredentials(scope: string): void {
    if (scope !== 'client') this.saved = undefined;
  }

  async redirectToAuthorization(url: URL): Promise<void> {
    this.redirects += 1;
    this.scope = url.searchParams.get('scope');
    const { headers } = await fetch(url, { redirect: 'manual' });
    this.code = new URL(headers.get('location') ?? REDIRECT).searchParams.get('code') ?? undefined;
  }
}

/** A program that acts for nobody: client credentials. */
export class MachineProvider extends UserProvider {
  override redirectUrl = undefined;
  /** Scopes that it asks for. */
  wanted = 'read';

  override get clientMetadata(): object {
    return { client_name: 'machine', redirect_uris: [], grant_types: ['client_credentials'] };
  }

  override clientInformation(): object {
    return { client_id: 'machine', client_secret: 'secret' };
  }

  prepareTokenRequest(): URLSearchParams {
    return new URLSearchParams({ grant_type: 'client_credentials', scope: this.wanted });
  }
}
