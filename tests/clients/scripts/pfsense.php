<?php
// What pfSense's two kinds of entry make of a reply. Exit status 0: it keeps the address as sent.
// Usage: pfsense.php custom|dyndns URL USER PASSWORD CA ADDRESS
[, $kind, $url, $user, $password, $ca, $address] = $argv;

$handle = curl_init($url);
curl_setopt_array($handle, [
    CURLOPT_CAINFO => $ca,
    CURLOPT_USERAGENT => 'phpDynDNS/0.7',
    CURLOPT_USERPWD => "$user:$password",
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_TIMEOUT => 30,
]);
$body = curl_exec($handle);
if ($body === false) {
    fwrite(STDERR, curl_error($handle) . "\n");
    exit(2);
}
echo $body, "\n";

// The field "Result Match" is compared with the whole body; the built-in type looks for words.
function kept(string $kind, string $body, string $address): bool
{
    if ($kind === 'custom') {
        $match = str_replace('%IP%', $address, 'good %IP%|nochg %IP%');
        return in_array(trim($body, "\t\r\n"), explode('|', $match), true);
    }
    foreach (['notfqdn' => false, 'nochg' => true, 'good' => true, 'noauth' => false] as $word => $fine) {
        if (stripos($body, $word) !== false) {
            return $fine;
        }
    }
    return false;
}

exit(kept($kind, $body, $address) ? 0 : 1);
