from accounts import delete_account


def handle(request, store):
    account = store[request["account"]]
    delete_account(request["user"], account, store)
