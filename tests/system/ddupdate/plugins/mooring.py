# SPDX-License-Identifier: BSD-2-Clause
"""ddupdate plugin for a mooring server: copy it to ~/.local/share/ddupdate/plugins/.

See: ddupdate(8)
"""

from ddupdate.ddplugin import (
    ServiceError,
    ServicePlugin,
    dict_of_opts,
    get_response,
    http_basic_auth_setup,
)


class MooringPlugin(ServicePlugin):
    """
    Update a host on a mooring server.

    netrc: Use a line like
        machine ddns.example.com login <user> password <secret>

    Options:
        server = host[:port] of the server
    """

    _name = 'mooring'
    _oneliner = 'Updates on a mooring server'
    _url = 'https://{0}/nic/update?hostname={1}'

    def register(self, log, hostname, ip, options):
        """Implement ServicePlugin.register()."""
        server = dict_of_opts(options)['server']
        url = self._url.format(server, hostname)
        addresses = [addr for addr in (ip.v4, ip.v6) if addr] if ip else []
        if addresses:
            url += '&myip=' + ','.join(addresses)
        http_basic_auth_setup(url)
        words = get_response(log, url).split()
        if not words or words[0] not in ('good', 'nochg'):
            raise ServiceError('Bad update reply: ' + ' '.join(words))
        log.info('Update completed: ' + ' '.join(words))
