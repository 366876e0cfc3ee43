/** OAuth for the conformance clients: a user who always consents, whatever SDK carries it. */
'use strict';

const REDIRECT = 'http://localhost:8765/callback';
const METADATA_URL = 'https://conformance-test.local/client-metadata.json';
const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:';
const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:';

/** Keeps everything in memory and follows the authorization link itself, as a browser would. */
class ConsentingProvider {
  clientMetadataUrl = METADATA_URL;
  redirectUrl = REDIRECT;
  code = undefined;

  constructor(registered) {
    this.registered = registered;
  }

  get clientMetadata() {
    return {
      client_name: 'conformance-client',
      redirect_uris: [REDIRECT],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    };
  }

  clientInformation() {
    return this.registered;
  }

  saveClientInformation(information) {
    this.registered = information;
  }

  tokens() {
    return this.saved;
  }

  saveTokens(tokens) {
    this.saved = tokens;
  }

  saveCodeVerifier(verifier) {
    this.verifier = verifier;
  }

  codeVerifier() {
    return this.verifier;
  }

  async redirectToAuthorization(url) {
    const answer = await fetch(url, { redirect: 'manual' });
    const location = answer.headers.get('location');
    this.code = location === null ? undefined : new URL(location).searchParams.get('code');
  }
}

/** Enterprise-managed authorization: the identity provider's token is exchanged for a grant of the server's. */
class CrossAppProvider extends ConsentingProvider {
  redirectUrl = undefined;

  constructor(context, serverUrl) {
    super({ client_id: context.client_id, client_secret: context.client_secret });
    this.context = context;
    this.serverUrl = serverUrl;
  }

  get clientMetadata() {
    return { client_name: 'conformance-client', redirect_uris: [], grant_types: [`${GRANT_TYPE}jwt-bearer`] };
  }

  saveDiscoveryState(state) {
    this.discovered = state;
  }

  async prepareTokenRequest() {
    const { idp_client_id, idp_id_token, idp_token_endpoint } = this.context;
    const answer = await fetch(idp_token_endpoint, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: `${GRANT_TYPE}token-exchange`,
        requested_token_type: `${TOKEN_TYPE}id-jag`,
        audience: this.discovered?.authorizationServerUrl ?? '',
        resource: this.serverUrl,
        subject_token: idp_id_token,
        subject_token_type: `${TOKEN_TYPE}id_token`,
        client_id: idp_client_id,
      }),
    });
    const { access_token: assertion } = await answer.json();
    return new URLSearchParams({ grant_type: `${GRANT_TYPE}jwt-bearer`, assertion });
  }
}

/** The provider that a scenario needs. `sdk`: the SDK's own providers for client credentials. */
function providerFor(scenario, context, serverUrl, sdk) {
  const { client_id: clientId, client_secret: clientSecret } = context;
  if (scenario === 'auth/client-credentials-jwt') {
    const { private_key_pem: privateKey, signing_algorithm: algorithm } = context;
    return new sdk.PrivateKeyJwtProvider({ clientId, privateKey, algorithm });
  }
  if (scenario === 'auth/client-credentials-basic') {
    return new sdk.ClientCredentialsProvider({ clientId, clientSecret });
  }
  if (scenario === 'auth/cross-app-access-complete-flow') return new CrossAppProvider(context, serverUrl);
  const registered =
    clientId === undefined ? undefined : { client_id: clientId, client_secret: clientSecret };
  return new ConsentingProvider(registered);
}

module.exports = { providerFor };
