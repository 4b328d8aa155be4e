import type { Icon, ICredentialTestRequest, ICredentialType, INodeProperties } from 'n8n-workflow';

/** n8n registers itself with the server (RFC 7591), so that nobody copies a client id, on any instance. */
export class __CLASS__OAuth2Api implements ICredentialType {
	name = '__NODE__OAuth2Api';

	extends = ['oAuth2Api'];

	displayName = '__PRODUCT__ OAuth2 API';

	icon: Icon = {
		light: 'file:../nodes/__CLASS__/__NODE__.svg',
		dark: 'file:../nodes/__CLASS__/__NODE__.dark.svg',
	};

	documentationUrl = '__SERVER__/docs';

	properties: INodeProperties[] = [
		{
			displayName: 'Use Dynamic Client Registration',
			name: 'useDynamicClientRegistration',
			type: 'hidden',
			default: true,
		},
		{
			displayName: 'Server URL',
			name: 'serverUrl',
			type: 'hidden',
			default: '__SERVER__',
		},
	];

	test: ICredentialTestRequest = {
		request: {
			baseURL: '__SERVER__',
			url: '/v1/me',
		},
	};
}
